using System.Globalization;

namespace HkaFer.Training;

/// <summary>Accuracy against the number of adapters (figure 4 of the paper): a panel a data set, a line a method with the deviation over seeds, and a method without a number as a level line.</summary>
internal static class AdapterCountChart
{
    private const double Panel = 330, Height = 300, Left = 62, Top = 34, Bottom = 46, Gap = 26, Legend = 150;

    /// <summary>A method: its name, and the row of each number of adapters; one row without a number where it has none.</summary>
    internal sealed record Line(string Name, IReadOnlyList<(int? Adapters, int Row)> Points);

    /// <summary>The drawing as a file.</summary>
    internal static string Draw(ExperimentTable table, IReadOnlyList<Line> lines)
    {
        int[] shown = [.. Enumerable.Range(0, table.Experiment.Columns.Count).Where(c => lines.Any(line => line.Points.Any(p => table.Values[p.Row][c].Ours is not null)))];
        double width = (Math.Max(1, shown.Length) * (Panel + Gap)) + Legend;
        Html body = Html.Of($"""
            {Html.Each(shown.Index(), panel => DrawPanel(table, lines, panel.Item, panel.Index * (Panel + Gap)))}
            {Html.Each(lines.Index(), line => Html.Of($"<g class=\"k{line.Index + 1}\">{Sample(line.Item, line.Index, width - Legend, Top + 12 + (22 * line.Index))}</g>"))}
            """);
        return Svg.File(width, Height, table.Experiment.Title, body);
    }

    private static Html Sample(Line line, int index, double x, double y) => Html.Of($"""
        <line style="stroke:var(--c);stroke-width:2{Dash(line)}" x1="{x}" x2="{x + 26}" y1="{y}" y2="{y}"/>{(IsLevel(line) ? default : Marker(index, x + 13, y))}<text x="{x + 34}" y="{y + 4.5}">{line.Name}</text>
        """);

    private static Html DrawPanel(ExperimentTable table, IReadOnlyList<Line> lines, int column, double at)
    {
        int[] numbers = [.. lines.SelectMany(line => line.Points).Select(p => p.Adapters).OfType<int>().Distinct().Order()];
        ExperimentValue Value(int row) => table.Values[row][column];
        double[] reach = [.. lines.SelectMany(line => line.Points).Select(p => Value(p.Row)).Where(v => v.Ours is not null).SelectMany(v => new[] { v.Ours!.Value - (v.Deviation ?? 0), v.Ours.Value + (v.Deviation ?? 0) })];
        Axis axis = Axis.Over(reach);
        double left = at + Left, right = at + Panel;
        double X(int n) => left + ((Array.IndexOf(numbers, n) + 0.5) * (right - left) / numbers.Length);
        double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * axis.Share(value));
        return Html.Of($"""
            <text class="mid" x="{(left + right) / 2}" y="20">{table.Experiment.Columns[column]}: accuracy in percent</text>
            {Html.Each(axis.Ticks, tick => Html.Of($"<line style=\"stroke:var(--rule)\" x1=\"{left}\" x2=\"{right}\" y1=\"{Y(tick)}\" y2=\"{Y(tick)}\"/><text class=\"tick end\" x=\"{left - 8}\" y=\"{Y(tick) + 4}\">{axis.Text(tick)}</text>\n"))}
            {Html.Each(numbers, n => Html.Of($"<text class=\"tick mid\" x=\"{X(n)}\" y=\"{Height - Bottom + 18}\">{n}</text>\n"))}
            <text class="tick mid" x="{(left + right) / 2}" y="{Height - 8}">adapters N</text>
            {Html.Each(lines.Index(), line => Html.Of($"<g class=\"k{line.Index + 1}\">{DrawLine(line.Item, line.Index)}</g>\n"))}
            """);

        Html DrawLine(Line line, int index)
        {
            if (IsLevel(line))
            {
                return Value(line.Points[0].Row).Ours is not { } level ? default
                    : Html.Of($"<line style=\"stroke:var(--c);stroke-width:2{Dash(line)}\" x1=\"{left}\" x2=\"{right}\" y1=\"{Y(level)}\" y2=\"{Y(level)}\"/>");
            }

            // Deviations of methods at one number stand beside each other.
            double aside = (index - 0.5) * 5;
            (double X, ExperimentValue Value)[] points = [.. line.Points.Select(p => (X(p.Adapters!.Value) + aside, Value(p.Row))).Where(p => p.Item2.Ours is not null)];
            return Html.Of($"""
                <polyline style="fill:none;stroke:var(--c);stroke-width:2" points="{Html.Each(points, p => Html.Of($"{p.X},{Y(p.Value.Ours!.Value)} "))}"/>
                {Html.Each(points.Where(p => p.Value.Deviation is not null), p => Html.Of($"<line style=\"stroke:var(--c);stroke-width:1.25\" x1=\"{p.X}\" x2=\"{p.X}\" y1=\"{Y(p.Value.Ours!.Value - p.Value.Deviation!.Value)}\" y2=\"{Y(p.Value.Ours.Value + p.Value.Deviation.Value)}\"/>"))}
                {Html.Each(points, p => Html.Of($"<g><title>{line.Name}: {p.Value.Ours!.Value.ToString("F2", CultureInfo.InvariantCulture)} %</title>{Marker(index, p.X, Y(p.Value.Ours.Value))}</g>"))}
                """);
        }
    }

    private static bool IsLevel(Line line) => line.Points is [{ Adapters: null }];

    private static string Dash(Line line) => IsLevel(line) ? ";stroke-dasharray:6 5" : "";

    private static Html Marker(int index, double x, double y) => index % 2 == 0
        ? Html.Of($"<circle style=\"fill:var(--c)\" cx=\"{x}\" cy=\"{y}\" r=\"4.5\"/>")
        : Html.Of($"<rect style=\"fill:var(--c)\" x=\"{x - 4}\" y=\"{y - 4}\" width=\"8\" height=\"8\"/>");
}
