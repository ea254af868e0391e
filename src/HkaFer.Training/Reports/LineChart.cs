namespace HkaFer.Training;

/// <summary>
/// Lines over epochs or layers as SVG: ticks, a name at the end of each line, and what the lines read wherever the pointer rests (by style rules; no script).
/// </summary>
internal sealed record LineChart
{
    private const double Width = 480, Height = 275, Left = 56, Top = 28, Bottom = 42, LabelGap = 15, Letter = 7.6;

    /// <summary>Where the pointer may rest; beyond this, on a part of the points.</summary>
    private const int MostReadings = 240;

    /// <summary>What it shows; the figure's caption.</summary>
    internal required string Title { get; init; }

    /// <summary>What lies along the bottom.</summary>
    internal string Across { get; init; } = "epoch";

    internal required IReadOnlyList<Series> Lines { get; init; }

    internal bool Percent { get; init; }

    /// <summary>Whether the scale begins at zero whatever the values: for shares and costs, whose size is what matters.</summary>
    internal bool FromZero { get; init; }

    /// <summary>A value that is drawn as a thin line with its name, such as chance.</summary>
    internal (string Name, double Y)? Reference { get; init; }

    /// <summary>A point to mark, such as the best epoch.</summary>
    internal (string Name, double X, double Y)? Mark { get; init; }

    /// <summary>Room for the longest name.</summary>
    private double Right => 16 + (Letter * Drawn.Select(Label).Append(Short(Reference?.Name ?? "")).Max(label => label.Length));

    private IReadOnlyList<Series> Drawn => [.. Lines.Where(l => l.Points.Count > 0)];

    /// <summary>The chart; the values in words where no line has two points; or nothing where there is no point.</summary>
    internal Html Draw()
    {
        if (Drawn.Count == 0)
        {
            return default;
        }

        if (Drawn.All(l => l.Points.Count == 1))
        {
            return Values();
        }

        IEnumerable<double> values = Drawn.SelectMany(l => l.Points.Select(p => p.Y));
        values = FromZero ? values.Append(0) : values;
        Axis y = Axis.Over(Reference is { } r ? values.Append(r.Y) : values, Percent);
        double first = Drawn.Min(l => l.Points[0].X), last = Drawn.Max(l => l.Points[^1].X);
        (double At, string Text)[] ticks = [.. Axis.Whole((int)first, (int)last).Select(t => ((double)t, $"{t}"))];
        if (Drawn.Any(l => l.Points.Any(p => p.X != Math.Floor(p.X))))
        {
            Axis across = Axis.Over([first, last]);
            (first, last, ticks) = (across.Low, across.High, [.. across.Ticks.Select(t => (t, across.Text(t)))]);
        }

        double X(double x) => last > first ? Left + ((Width - Left - Right) * (x - first) / (last - first)) : Left + ((Width - Left - Right) / 2);
        double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * y.Share(value));
        string said = string.Join("; ", Drawn.Select(l => $"{l.Name} from {Text(l.Points[0].Y)} to {Text(l.Points[^1].Y)}"));
        return Html.Of($"""
            <figure><figcaption>{Title}{(Mark is { } circle ? $"; the circle is the {circle.Name} {Across}" : "")}</figcaption>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{Title}: {said}">
            {Html.Each(y.Ticks, t => Html.Of($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(t)}\" y2=\"{Y(t)}\"/><text class=\"tick end\" x=\"{Left - 8}\" y=\"{Y(t) + 4}\">{y.Text(t)}</text>"))}
            {Html.Each(ticks, t => Html.Of($"<text class=\"tick mid\" x=\"{X(t.At)}\" y=\"{Height - Bottom + 18}\">{t.Text}</text>"))}
            <text class="tick mid" x="{Left + ((Width - Left - Right) / 2)}" y="{Height - 8}">{Across}</text>
            {(Reference is { } line ? Html.Of($"<line class=\"reference\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(line.Y)}\" y2=\"{Y(line.Y)}\"/>") : default)}
            {Html.Each(Drawn, l => Line(l, X, Y))}
            {(Mark is { } mark ? Html.Of($"<circle class=\"mark\" cx=\"{X(mark.X)}\" cy=\"{Y(mark.Y)}\" r=\"6\"/>") : default)}
            {Labels(Y)}
            {Readings(X, Y)}
            </svg></figure>
            """);
    }

    /// <summary>What there is to say where nothing can be joined by a line.</summary>
    private Html Values() => Html.Of($"""
        <figure><figcaption>{Title}</figcaption><div class="scroll"><table><tbody>
        {Html.Each(Drawn, l => Html.Of($"<tr><th scope=\"row\">{l.Name}</th><td class=\"n\">{Text(l.Points[0].Y)}</td><td class=\"muted\">{Across} {Figures.Plain(l.Points[0].X, "0.#")}</td></tr>"))}
        {(Reference is { } r ? Html.Of($"<tr><th scope=\"row\" class=\"muted\">{r.Name}</th><td class=\"n muted\">{Text(r.Y)}</td><td></td></tr>") : default)}
        </tbody></table></div></figure>
        """);

    private static Html Line(Series line, Func<double, double> x, Func<double, double> y) => line.Points.Count == 1
        ? Html.Of($"<circle class=\"lone {line.Style}\" cx=\"{x(line.Points[0].X)}\" cy=\"{y(line.Points[0].Y)}\" r=\"4\"/>")
        : Html.Of($"<polyline class=\"line {line.Style}\" points=\"{Html.Each(line.Points, p => Html.Of($"{x(p.X)},{y(p.Y)} "))}\"/>");

    /// <summary>Names at the right, beside the ends of the lines, pushed apart where lines end together.</summary>
    private Html Labels(Func<double, double> y)
    {
        List<(string Name, string Style, double Y)> labels = [.. Drawn.Select(l => (Label(l), l.Style, y(l.Points[^1].Y)))];
        if (Reference is { } reference)
        {
            labels.Add((Short(reference.Name), "muted", y(reference.Y)));
        }

        labels.Sort((a, b) => a.Y.CompareTo(b.Y));
        double[] at = [.. labels.Select(l => l.Y)];
        for (int i = 1; i < at.Length; i++)
        {
            at[i] = Math.Max(at[i], at[i - 1] + LabelGap);
        }

        double over = Math.Max(0, at[^1] - (Height - Bottom));
        for (int i = at.Length - 1; i >= 0 && over > 0; i--)
        {
            at[i] -= over;
            over = i > 0 ? Math.Max(0, at[i - 1] + LabelGap - at[i]) : 0;
        }

        return Html.Each(labels.Index(), l => Html.Of(
            $"<text class=\"name {l.Item.Style}\" x=\"{Width - Right + 8}\" y=\"{at[l.Index] + 4}\">{l.Item.Name}</text>"));
    }

    /// <summary>A strip for each point along the bottom: while the pointer is on it, a rule and the values are shown.</summary>
    private Html Readings(Func<double, double> x, Func<double, double> y)
    {
        double[] all = [.. Drawn.SelectMany(l => l.Points.Select(p => p.X)).Distinct().Order()];
        int every = (all.Length + MostReadings - 1) / MostReadings;
        double[] at = [.. all.Where((_, i) => i % every == 0 || i == all.Length - 1)];
        return Html.Each(at.Index(), item =>
        {
            (int i, double value) = item;
            double from = i == 0 ? Left : (x(at[i - 1]) + x(value)) / 2, to = i == at.Length - 1 ? Width - Right : (x(value) + x(at[i + 1])) / 2;
            (Series Line, double Y)[] here = [.. Drawn.SelectMany(l => l.Points.Where(p => p.X == value).Select(p => (l, p.Y)))];
            string reading = $"{Across} {Figures.Plain(value)}:  {string.Join("   ", here.Select(h => $"{Short(h.Line.Name)} {Text(h.Y)}"))}";
            return Html.Of($"""
                <g class="at"><rect x="{from}" y="{Top}" width="{Math.Max(0, to - from)}" height="{Height - Top - Bottom}"/><g class="reading">
                <line x1="{x(value)}" x2="{x(value)}" y1="{Top}" y2="{Height - Bottom}"/>{Html.Each(here, h => Html.Of($"<circle class=\"dot {h.Line.Style}\" cx=\"{x(value)}\" cy=\"{y(h.Y)}\" r=\"4\"/>"))}<text x="{Left}" y="18">{reading}</text></g></g>
                """);
        });
    }

    private string Text(double value) => Percent ? Figures.Percent(value) : Figures.Plain(value, Math.Abs(value) is > 0 and < 1e-3 ? "0.##e0" : "0.####");

    /// <summary>A line's name, and the value of one that is a point.</summary>
    private string Label(Series line) => line.Points.Count == 1 ? $"{Short(line.Name)} {Text(line.Points[0].Y)}" : Short(line.Name);

    private static string Short(string name) => name.Length <= 15 ? name : name[..14] + "…";
}
