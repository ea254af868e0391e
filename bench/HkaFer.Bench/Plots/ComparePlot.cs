using HkaFer.Tensors;
using static System.FormattableString;

namespace HkaFer.Bench;

/// <summary>Images a second of all sides as bars, a group for each pass.</summary>
internal static class ComparePlot
{
    private const double Width = 720, Left = 250, Right = 60, Top = 64, Bar = 12, Gap = 10;

    /// <summary>The plot as an SVG file, or none where nothing was measured.</summary>
    public static string? Draw(IReadOnlyList<CompareRow> rows, string model)
    {
        CompareRow[] shown = [.. rows.Where(row => row.Case.Name == model && row.Rate(row.Ours) is not null)];
        if (shown.Length == 0)
        {
            return null;
        }

        (string Name, Func<CompareRow, Side> Of)[] sides = [("HkaFer", row => row.Ours), ("PyTorch", row => row.Torch), ("ONNX Runtime", row => row.Onnx)];
        double most = shown.Max(row => sides.Max(side => row.Rate(side.Of(row)) ?? 0)), at = Top;
        string content = string.Concat(sides.Select((side, i) => Invariant(
            $"<rect class=\"s{i}\" x=\"{Left + (130 * i)}\" y=\"36\" width=\"12\" height=\"12\"/><text x=\"{Left + 18 + (130 * i)}\" y=\"46\">{side.Name}</text>\n")));
        foreach (CompareRow row in shown)
        {
            string method = row.Case.Method == "none" ? "frozen" : row.Case.Method == "heka" ? "HeKA" : "LoRA";
            string dtype = row.Case.DType == DType.Float32 ? "float32" : "bfloat16";
            double middle = at + (Bar * sides.Count(side => row.Rate(side.Of(row)) is not null) / 2) + 4;
            content += Invariant($"<text class=\"end\" x=\"{Left - 10}\" y=\"{middle:F1}\">{method}, {(row.Trains ? "training step" : "forward")}, {dtype}</text>\n");
            foreach (((_, Func<CompareRow, Side> of), int i) in sides.Select((side, i) => (side, i)))
            {
                if (row.Rate(of(row)) is { } rate)
                {
                    double length = (Width - Left - Right) * rate / most;
                    content += Invariant($"<rect class=\"s{i}\" x=\"{Left}\" y=\"{at:F1}\" width=\"{Math.Max(1, length):F1}\" height=\"{Bar - 2}\"/>")
                        + Invariant($"<text x=\"{Left + length + 6:F1}\" y=\"{at + Bar - 3:F1}\">{rate:F1}</text>\n");
                    at += Bar;
                }
            }

            at += Gap;
        }

        return Svg.File(Width, at + 10, $"{model}, 224 px, batch {CompareCase.Batch}: images a second", content);
    }
}
