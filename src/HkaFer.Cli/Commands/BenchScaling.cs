using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Bench;
using HkaFer.Tensors;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary><c>hkafer bench scale</c>: time against counted operations, as a table, a plot and against the bars.</summary>
internal static class BenchScaling
{
    public static int Run(int steps, string? plot, bool strict, Output output, CancellationToken cancel)
    {
        IReadOnlyList<ScaleRow> rows = ScaleBench.Run(steps, row => output.Step($"{row.Along} {row.Value}: {row.Rate * 1e-9:F0} GFLOP/s"), cancel);
        IReadOnlyList<BenchRow> bars = ScaleBench.Bars(rows);
        if (!output.Document(() => new JsonObject
            {
                ["machine"] = Machine.Describe(),
                ["rows"] = Json.Array(rows, ToJson),
                ["bars"] = Json.Array(bars, BenchCommand.ToJson),
            }))
        {
            var table = new Table("along", ">value", ">GFLOP", ">ms", ">GFLOP/s", "checked");
            foreach (ScaleRow row in rows)
            {
                table.Add(row.Along, row.Value, BenchCommand.Text(row.Work * 1e-9, "F1"), BenchCommand.Text(row.Seconds * 1e3, "F1"), BenchCommand.Text(row.Rate * 1e-9, "F1"), row.Checked ? "yes" : "WRONG");
            }

            output.Table(table);
            output.Facts([.. bars.Select(bar => (bar.Name, $"{bar.Value.ToString("F2", CultureInfo.InvariantCulture)} ({bar.Bar})"))]);
        }

        if (plot is not null)
        {
            AtomicFile.WriteText(plot, ScalePlot.Draw(rows));
        }

        if (rows.Any(row => !row.Checked))
        {
            output.Error("error: a step differs from the reference; its time means nothing. Please report it with the output of: hkafer doctor --json");
            return ExitCode.Failed;
        }

        return strict ? BenchCommand.Judge(bars, output) : ExitCode.Done;
    }

    private static JsonNode ToJson(ScaleRow row) => new JsonObject
    {
        ["along"] = row.Along,
        ["value"] = row.Value,
        ["operations"] = Json.Number(row.Work),
        ["seconds"] = Json.Number(row.Seconds),
        ["checked"] = row.Checked,
    };
}
