namespace HkaFer.Training;

/// <summary>Points of classes in a plane as SVG, with a legend; a hollow one is taken for another class by the model.</summary>
internal sealed record ScatterChart
{
    private const double Side = 520, Pad = 14, Gap = 18, Line = 22, Radius = 3.4, Letter = 7.2;

    internal required IReadOnlyList<double> X { get; init; }

    internal required IReadOnlyList<double> Y { get; init; }

    /// <summary>Number of each point's class.</summary>
    internal required IReadOnlyList<int> Labels { get; init; }

    internal required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Whether the model is right about a point; all are where empty.</summary>
    internal IReadOnlyList<bool> Right { get; init; } = [];

    private bool AnyWrong => Right.Contains(false);

    internal double Width => Side + Gap + 34 + (Letter * Classes.Select((name, i) => $"{name} {Count(i)}").Append(AnyWrong ? "hollow: taken for another" : "").Max(text => text.Length));

    internal static double Height => Side;

    /// <summary>What stands inside of the svg element.</summary>
    internal Html Body()
    {
        double left = X.Min(), low = Y.Min(), range = Math.Max(Math.Max(X.Max() - left, Y.Max() - low), 1e-9), scale = (Side - (2 * Pad)) / range;
        double offX = (Side - ((X.Max() - left) * scale)) / 2, offY = (Side - ((Y.Max() - low) * scale)) / 2;

        // In the order of a shuffle that is the same every time: classes that come last would otherwise cover the others.
        int[] order = [.. Enumerable.Range(0, X.Count)];
        new Rng(1).Shuffle<int>(order);
        return Html.Of($"""
            <rect class="frame" x="0.5" y="0.5" width="{Side - 1}" height="{Side - 1}" rx="8"/>
            {Html.Each(order, i => Marker(Labels[i], offX + ((X[i] - left) * scale), Side - offY - ((Y[i] - low) * scale), Radius, Right.Count == 0 || Right[i]))}
            {Html.Each(Classes.Index(), c => Html.Of($"{Marker(c.Index, Side + Gap + 6, LegendAt(c.Index), 5, true)}<text x=\"{Side + Gap + 20}\" y=\"{LegendAt(c.Index) + 4.5}\">{c.Item} <tspan class=\"count\" fill-opacity=\".6\">{Count(c.Index)}</tspan></text>\n"))}
            {(AnyWrong ? Html.Of($"<circle class=\"p wrong k8\" cx=\"{Side + Gap + 6}\" cy=\"{LegendAt(Classes.Count) + 8}\" r=\"5\"/><text class=\"tick\" x=\"{Side + Gap + 20}\" y=\"{LegendAt(Classes.Count) + 12.5}\">hollow: taken for another</text>") : default)}
            """);
    }

    private static double LegendAt(int i) => Pad + 8 + (i * Line);

    private int Count(int label) => Labels.Count(l => l == label);

    private static Html Marker(int label, double x, double y, double r, bool right)
    {
        string style = $"p k{(label % Svg.Colours) + 1}{(right ? "" : " wrong")}";
        double d = r * 1.25;
        return (label % Svg.Colours) switch
        {
            0 => Html.Of($"<circle class=\"{style}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>\n"),
            1 => Html.Of($"<rect class=\"{style}\" x=\"{x - r}\" y=\"{y - r}\" width=\"{2 * r}\" height=\"{2 * r}\"/>\n"),
            2 => Polygon([(0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
            3 => Polygon([(0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)]),
            4 => Polygon([(0, 1.2), (1.1, -0.8), (-1.1, -0.8)]),
            5 => Polygon([(-0.4, -1), (0.4, -1), (0.4, -0.4), (1, -0.4), (1, 0.4), (0.4, 0.4), (0.4, 1), (-0.4, 1), (-0.4, 0.4), (-1, 0.4), (-1, -0.4), (-0.4, -0.4)]),
            6 => Polygon([(0, -1.25), (0.35, -0.4), (1.2, -0.4), (0.55, 0.2), (0.75, 1), (0, 0.55), (-0.75, 1), (-0.55, 0.2), (-1.2, -0.4), (-0.35, -0.4)]),
            _ => Polygon([(-1, -0.55), (-0.55, -1), (0, -0.45), (0.55, -1), (1, -0.55), (0.45, 0), (1, 0.55), (0.55, 1), (0, 0.45), (-0.55, 1), (-1, 0.55), (-0.45, 0)]),
        };

        Html Polygon((double X, double Y)[] corners) => Html.Of(
            $"<polygon class=\"{style}\" points=\"{Html.Each(corners, c => Html.Of($"{x + (d * c.X)},{y + (d * c.Y)} "))}\"/>\n");
    }
}
