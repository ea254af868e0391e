using System.Text.Json.Nodes;
using HkaFer.Bench;
using HkaFer.Tensors;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary><c>hkafer bench compare</c>: whole passes beside the peers, as a table and against the bars.</summary>
internal static class BenchComparison
{
    // The peer's script has neither registers nor SwiGLU.
    private static readonly string[] s_known = ["dinov2-small", "dinov2-base", "dinov2-large"];

    public static int Run(string? arch, int steps, string? plot, bool strict, Output output, CancellationToken cancel)
    {
        string[] names = arch is null ? ["dinov2-small", "dinov2-large"] : arch.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(names, name => !s_known.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            throw new HkaFerException(!Architectures.Names.Contains(unknown, StringComparer.Ordinal)
                ? $"bench compare: '{unknown}' is not an architecture that the peers run; {Nearest.Hint(unknown, s_known)}"
                : $"bench compare: '{unknown}' cannot be compared; the peers run {string.Join(", ", s_known)} (for the speed of another alone: hkafer bench step --arch {Quoting.ShellWord(unknown)})");
        }

        IReadOnlyList<CompareRow> rows = CompareBench.Run(CompareCase.Of(names), steps, output.Step, cancel);
        BenchRow[] bars = [.. CompareBench.Bars(rows)];
        if (!output.Document(() => new JsonObject
            {
                ["machine"] = Machine.Describe(),
                ["rows"] = Json.Array(rows, ToJson),
                ["bars"] = Json.Array(bars, BenchCommand.ToJson),
            }))
        {
            output.Table(Table(rows));
            foreach (string why in rows.SelectMany(row => new[] { row.Torch.Why, row.Onnx.Why }).OfType<string>().Distinct(StringComparer.Ordinal))
            {
                output.Line($"-: {why}");
            }

            output.Facts([.. bars.Where(bar => bar.Met is not null).Select(bar => (bar.Name, $"{Text(bar.Bar!.OfRatio ? bar.Ratio : bar.Value, "G3")} ({bar.Bar})"))]);
        }

        // After the result: a place that cannot be written must not cost half an hour of measuring.
        foreach (string name in plot is null ? [] : names)
        {
            if (ComparePlot.Draw(rows, name) is { } svg)
            {
                AtomicFile.WriteText(names.Length == 1 ? plot! : Path.ChangeExtension(plot!, $"{name}.svg"), svg);
            }
        }

        return strict ? BenchCommand.Judge(bars, output) : ExitCode.Done;
    }

    private static Table Table(IReadOnlyList<CompareRow> rows)
    {
        var table = new Table(
            "model", "method", "dtype", "pass", ">images/s", ">PyTorch", ">ratio", ">ONNX Runtime", ">ratio", ">peak GB", ">PyTorch", ">ONNX Runtime");
        foreach (CompareRow row in rows)
        {
            string? Rate(Side side) => Text(row.Rate(side), "F2");
            string? Memory(Side side) => Text(row.Memory(side) / 1e9, "F2");
            table.Add(
                row.Case.Name, row.Case.Method, row.Case.DType.Name(), row.Trains ? "training step" : "forward",
                Rate(row.Ours), Rate(row.Torch), Text(row.Ratio(row.Torch), "F2"), Rate(row.Onnx), Text(row.Ratio(row.Onnx), "F2"),
                Memory(row.Ours), Memory(row.Torch), Memory(row.Onnx));
        }

        return table;
    }

    private static JsonNode ToJson(CompareRow row)
    {
        JsonObject Of(Side side) => new()
        {
            ["images_per_second"] = Json.Number(row.Rate(side)),
            ["peak_memory_bytes"] = Json.Number(row.Memory(side)),
            ["ratio"] = side == row.Ours ? null : Json.Number(row.Ratio(side)),
            ["why_not"] = row.Rate(side) is null ? side.Why : null,
        };
        return new JsonObject
        {
            ["model"] = row.Case.Name,
            ["method"] = row.Case.Method,
            ["dtype"] = row.Case.DType.Name(),
            ["pass"] = row.Trains ? "training" : "forward",
            ["ours"] = Of(row.Ours),
            ["pytorch"] = Of(row.Torch),
            ["onnx_runtime"] = Of(row.Onnx),
        };
    }

    private static string Text(double? value, string format) => BenchCommand.Text(value, format) ?? "-";
}
