namespace HkaFer.Training;

/// <summary>A map and what it shows.</summary>
/// <param name="Title">For people: <c>adapter 2</c>.</param>
/// <param name="Map">From 0 to 1.</param>
public sealed record TitledMap(string Title, HeatMap Map);
