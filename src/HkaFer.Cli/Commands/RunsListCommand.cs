using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>The runs of a folder.</summary>
internal sealed class RunsListCommand : CliCommand
{
    private readonly Argument<string?> _folder;

    public RunsListCommand()
        : base("list", "Lists the runs in a folder and below: what they are, how far they came, how they did.")
    {
        _folder = Take<string?>("DIR", "the folder; runs/ if not given", ArgumentArity.ZeroOrOne);
        Examples.Add(("hkafer runs list", "all runs in runs/"));
        Examples.Add(("hkafer runs list /data/runs --json | jq 'max_by(.accuracy).run'", "the best one, for a script"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string folder = args.GetValue(_folder) ?? "runs";
        IReadOnlyList<RunRow> runs = RunRow.All(folder);
        if (output.Document(() => Json.Array(runs, ToJson)))
        {
            return ExitCode.Done;
        }

        var table = new Table("run", ">accuracy", ">macro F1", "status", "method", ">epochs", ">seconds", ">trainable", "date (UTC)", "backbone") { Essential = 2 };
        foreach (RunRow run in runs)
        {
            table.Add(
                run.Folder, EvaluationText.Percent(run.Accuracy), EvaluationText.Percent(run.MacroF1), run.Status, run.Method,
                run.Problem is null ? $"{run.EpochsDone}/{run.Epochs}" : null, run.Seconds?.ToString("F1", CultureInfo.InvariantCulture), run.Trainable,
                run.Date.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), run.Backbone);
        }

        output.Table(table);
        foreach (string problem in runs.Select(run => run.Problem).OfType<string>())
        {
            output.Error($"damaged: {problem}");
        }

        if (runs.Count == 0)
        {
            output.Message($"no run in {folder}; hkafer train makes one");
        }

        return ExitCode.Done;
    }

    /// <summary>A run's row for scripts.</summary>
    internal static JsonObject ToJson(RunRow run) => new()
    {
        ["run"] = run.Folder,
        ["name"] = run.Name,
        ["status"] = run.Status,
        ["problem"] = run.Problem,
        ["method"] = run.Method,
        ["backbone"] = run.Backbone,
        ["epochs"] = Json.Number(run.Epochs),
        ["epochs_done"] = run.EpochsDone,
        ["split"] = run.Split,
        ["accuracy"] = Json.Number(run.Accuracy),
        ["macro_f1"] = Json.Number(run.MacroF1),
        ["ece"] = Json.Number(run.Ece),
        ["best"] = run.BestEpoch is { } epoch ? new JsonObject { ["epoch"] = epoch, ["accuracy"] = Json.Number(run.BestAccuracy) } : null,
        ["test_accuracy"] = Json.Number(run.TestAccuracy),
        ["trainable"] = Json.Number(run.Trainable),
        ["seconds"] = Json.Number(run.Seconds),
        ["peak_memory_bytes"] = Json.Number(run.PeakMemoryBytes),
        ["date"] = run.Date.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    };
}
