using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>Runs side by side.</summary>
internal sealed class RunsCompareCommand : CliCommand
{
    private readonly Argument<string[]> _runs;
    private readonly Option<string?> _out;

    public RunsCompareCommand()
        : base("compare", "Shows how runs did and in which settings they differ, and writes a page that lays their curves over each other.")
    {
        Remarks = "The page is one file that asks for nothing from a network; it can be sent by mail.";
        _runs = Take<string[]>("RUN", "folders with run.json, at least two", ArgumentArity.OneOrMore);
        _out = With<string?>("--out", "FILE", "where the page is written; compare.html in the folder of the first run's folder if not given");
        Examples.Add(("hkafer runs compare runs/heka-1 runs/lora-1", "two tables, and runs/compare.html"));
        Examples.Add(("hkafer runs compare runs/* --out all.html --json", "rows for a script, each with what differs in its recipe"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string[] folders = args.GetRequiredValue(_runs);
        if (folders.Length < 2)
        {
            throw new UsageException("name at least two runs to compare");
        }

        RunComparison compared = RunComparison.Of(folders);
        string report = compared.WriteReport(args.GetValue(_out) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(folders[0]))!, "compare.html"));
        if (!output.Document(() => ToJson(compared, report)))
        {
            Write(compared, output);
            output.Facts(("report", report));
        }

        return ExitCode.Done;
    }

    private static JsonArray ToJson(RunComparison compared, string report) => Json.Array(compared.Runs.Index(), row =>
    {
        JsonObject json = RunsListCommand.ToJson(row.Item);
        json["differs"] = new JsonObject(compared.Differences.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Values[row.Index])));
        json["report"] = report;
        return json;
    });

    private static void Write(RunComparison compared, Output output)
    {
        var scores = new Table("run", "method", ">accuracy", ">best", ">macro F1", ">ECE", ">trainable", ">seconds");
        foreach (RunRow run in compared.Runs)
        {
            scores.Add(
                run.Name, run.Method, EvaluationText.Percent(run.Accuracy), EvaluationText.Percent(run.BestAccuracy), EvaluationText.Percent(run.MacroF1),
                EvaluationText.Percent(run.Ece), run.Trainable, run.Seconds?.ToString("F1", CultureInfo.InvariantCulture));
        }

        output.Table(scores);
        output.Line("");
        if (compared.Differences.Count == 0)
        {
            output.Message("the recipes are the same");
            return;
        }

        var recipes = new Table(["key", .. compared.Runs.Select(r => r.Name)]);
        foreach (SettingDifference difference in compared.Differences)
        {
            recipes.Add([difference.Key, .. difference.Values.Select(v => (object?)(v ?? "-"))]);
        }

        output.Table(recipes);
        output.Line("");
    }
}
