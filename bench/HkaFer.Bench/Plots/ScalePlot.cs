using static System.FormattableString;

namespace HkaFer.Bench;

/// <summary>Seconds of a step against its counted operations, both logarithmic, with the line of the base case's rate through it.</summary>
internal static class ScalePlot
{
    private const double Width = 720, Height = 460, Left = 70, Right = 150, Top = 44, Bottom = 50;

    /// <summary>The plot as an SVG file.</summary>
    /// <param name="rows">At least one.</param>
    public static string Draw(IReadOnlyList<ScaleRow> rows)
    {
        (double low, double high) x = Decades(rows.Select(row => row.Work * 1e-9)), y = Decades(rows.Select(row => row.Seconds * 1e3));
        double X(double gflop) => Left + ((Width - Left - Right) * (Math.Log10(gflop) - x.low) / (x.high - x.low));
        double Y(double ms) => Height - Bottom - ((Height - Top - Bottom) * (Math.Log10(ms) - y.low) / (y.high - y.low));
        string[] kinds = [.. rows.Select(row => row.Along).Distinct()];
        double rate = rows.Where(row => row.Along != "threads").Select(row => row.Rate).Order().ElementAt(rows.Count(row => row.Along != "threads") / 2);
        double from = Math.Pow(10, Math.Max(x.low, y.low + Math.Log10(rate * 1e-12))), to = Math.Pow(10, Math.Min(x.high, y.high + Math.Log10(rate * 1e-12)));
        string content =
            string.Concat(Marks(x).Select(g => Invariant(
                $"<line class=\"grid\" x1=\"{X(g):F1}\" x2=\"{X(g):F1}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/><text class=\"mid\" x=\"{X(g):F1}\" y=\"{Height - Bottom + 18}\">{g}</text>\n")))
            + string.Concat(Marks(y).Select(m => Invariant(
                $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(m):F1}\" y2=\"{Y(m):F1}\"/><text class=\"end\" x=\"{Left - 8}\" y=\"{Y(m) + 4:F1}\">{m}</text>\n")))
            + Invariant($"<line class=\"guide\" x1=\"{X(from):F1}\" y1=\"{Y(from * 1e12 / rate):F1}\" x2=\"{X(to):F1}\" y2=\"{Y(to * 1e12 / rate):F1}\"/>\n")
            + string.Concat(rows.Select(row => Invariant(
                $"<circle class=\"s{Array.IndexOf(kinds, row.Along)}\" cx=\"{X(row.Work * 1e-9):F1}\" cy=\"{Y(row.Seconds * 1e3):F1}\" r=\"5\"><title>{row.Along} {row.Value}: {row.Seconds * 1e3:F0} ms, {row.Rate * 1e-9:F0} GFLOP/s</title></circle>\n")))
            + string.Concat(kinds.Select((kind, i) => Invariant(
                $"<circle class=\"s{i}\" cx=\"{Width - Right + 20}\" cy=\"{Top + 16 + (22 * i)}\" r=\"5\"/><text x=\"{Width - Right + 32}\" y=\"{Top + 20 + (22 * i)}\">{kind}</text>\n")))
            + Invariant($"<text x=\"{Width - Right + 12}\" y=\"{Top + 36 + (22 * kinds.Length)}\">dashed: {rate * 1e-9:F0} GFLOP/s</text>")
            + Invariant($"<text class=\"mid\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\">counted operations, GFLOP</text>")
            + Invariant($"<text class=\"mid\" transform=\"translate(18 {(Top + Height - Bottom) / 2}) rotate(-90)\">milliseconds</text>");
        return Svg.File(Width, Height, "A HeKA training step: time against counted operations", content);
    }

    /// <summary>Half decades around all values, as logarithms.</summary>
    private static (double Low, double High) Decades(IEnumerable<double> values)
    {
        double[] logs = [.. values.Select(Math.Log10)];
        return (Math.Floor(logs.Min() * 2) / 2, Math.Ceiling((logs.Max() * 2) + 0.01) / 2);
    }

    private static IEnumerable<double> Marks((double Low, double High) axis) =>
        Enumerable.Range((int)Math.Floor(axis.Low), (int)Math.Ceiling(axis.High) - (int)Math.Floor(axis.Low) + 1)
            .SelectMany(e => new[] { 1, 2, 5 }.Select(m => m * Math.Pow(10, e)))
            .Where(v => Math.Log10(v) >= axis.Low - 1e-9 && Math.Log10(v) <= axis.High + 1e-9);
}
