using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>The demonstration that needs nothing but the program.</summary>
internal sealed class QuickstartCommand : CliCommand
{
    private readonly Option<string?> _out;
    private readonly Option<ulong?> _seed;

    public QuickstartCommand()
        : base("quickstart",
            "From nothing to predictions: adapts the small model in the box, which knows photographs, to generated faces and compares three methods.")
    {
        Stops = true;
        Remarks = "Needs no download and no data. A linear probe, LoRA and HeKA are trained in turn; then a held-out face of each class, "
            + "drawn at random, is predicted with the HeKA adapter that was saved.";
        _out = With<string?>("--out", "DIR", "where to; if not given, runs/quickstart-1, -2, ..");
        _seed = With<ulong?>("--seed", "N", "of initial values, order, augmentation and the faces predicted; 1 if not given");
        Examples.Add(("hkafer quickstart", "a table of three methods, and predictions"));
        Examples.Add(("hkafer predict runs/quickstart-1/heka runs/quickstart-1/faces", "what it trained, used again"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string folder = Path.GetFullPath(args.GetValue(_out) ?? RunNames.Reserve("quickstart"));
        output.Message($"quick start: {folder}");
        QuickstartResult result;
        try
        {
            result = Quickstart.Run(
                folder, args.GetValue(_seed) ?? 1, new DirectProgress<QuickstartProgress>(p => TrainingLine.Show(output, p.Training, $"{p.Method}: ")),
                cancel);
        }
        catch (OperationCanceledException)
        {
            output.Error($"interrupted; a quick start is not resumed: delete {folder} and start again");
            return ExitCode.Interrupted;
        }

        string report = RunComparison.Of([.. result.Rows.Select(row => Path.Combine(folder, row.Method))]).WriteReport(Path.Combine(folder, "report.html"));
        if (!output.Document(() => ToJson(result, report)))
        {
            Write(result, output);
            output.Facts(("report", report));
        }

        return ExitCode.Done;
    }

    private static JsonObject ToJson(QuickstartResult result, string report) => new()
    {
        ["accuracy"] = Json.Number(result.Accuracy),
        ["chance"] = Json.Number(result.Chance),
        ["seconds"] = Json.Number(result.Seconds),
        ["run"] = result.Run,
        ["adapter"] = result.Adapter,
        ["report"] = report,
        ["methods"] = Json.Array(result.Rows, r => new JsonObject
        {
            ["method"] = r.Method,
            ["trainable"] = r.Trainable,
            ["accuracy"] = Json.Number(r.Accuracy),
            ["macro_f1"] = Json.Number(r.MacroF1),
            ["seconds"] = Json.Number(r.Seconds),
        }),
        ["predictions"] = Json.Array(result.Predictions, p => new JsonObject
        {
            ["path"] = p.Path,
            ["index"] = p.Index,
            ["truth"] = p.Truth,
            ["label"] = p.Prediction.Label,
            ["right"] = p.IsRight,
            ["confidence"] = Json.Number(p.Prediction.Confidence),
        }),
    };

    private static void Write(QuickstartResult result, Output output)
    {
        var methods = new Table("method", ">trainable", ">accuracy", ">macro F1", ">seconds");
        foreach (QuickstartRow row in result.Rows)
        {
            methods.Add(
                row.Method, row.Trainable, EvaluationText.Percent(row.Accuracy), EvaluationText.Percent(row.MacroF1),
                FormattableString.Invariant($"{row.Seconds:F1}"));
        }

        output.Table(methods);
        var faces = new Table("held-out face", "drawn as", "predicted", "");
        foreach (QuickstartPrediction p in result.Predictions)
        {
            faces.Add(p.Path, p.Truth, p.Prediction.ToString(), p.IsRight ? "right" : "WRONG");
        }

        output.Table(faces);
        output.Facts(
            ("shown", $"{result.Predictions.Count(p => p.IsRight)} of {result.Predictions.Count} right; one face of each expression, drawn by the seed"),
            ("chance", EvaluationText.Percent(result.Chance)),
            ("seconds", FormattableString.Invariant($"{result.Seconds:F1}")),
            ("adapter", result.Adapter));
        output.Message($"next: hkafer predict {result.Run} YOUR-PICTURES");
    }
}
