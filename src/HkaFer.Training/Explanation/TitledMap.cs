namespace HkaFer.Training;

/// <summary>A map and what it shows.</summary>
/// <param name="Title">For people: <c>adapter 2</c>.</param>
/// <param name="Map">From 0 to 1.</param>
/// <param name="Low">What 0 stands for.</param>
/// <param name="High">What 1 stands for.</param>
/// <param name="Caption">The two for people, where they mean anything to them: <c>61 to 64 %</c>.</param>
public sealed record TitledMap(string Title, HeatMap Map, float Low, float High, string? Caption = null);
