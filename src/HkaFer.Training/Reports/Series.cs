namespace HkaFer.Training;

/// <summary>A line of a chart.</summary>
/// <param name="Name">Stands at its end.</param>
/// <param name="Points">From left to right, all finite.</param>
/// <param name="Style">Colour and pattern: <c>s1</c> to <c>s6</c>, and <c>dashed</c> or <c>dotted</c>.</param>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points, string Style);
