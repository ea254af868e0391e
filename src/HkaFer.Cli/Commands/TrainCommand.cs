using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>One training run.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly Argument<string> _recipe;
    private readonly Option<string?> _out;
    private readonly Option<string[]> _set;
    private readonly Option<bool> _resume;
    private readonly Option<bool> _explain;

    public TrainCommand()
        : base("train", "Trains what a recipe describes, and keeps the best and the last model with all that their use needs.")
    {
        Stops = true;
        Remarks = "Ctrl-C finishes the step under way and saves; --resume goes on with the same bits. The run's folder holds run.json, "
            + "recipe.yaml (every setting), metrics.jsonl, timing.jsonl, best/ and last/ (models for predict and eval).";
        _recipe = Take<string>("RECIPE", "a YAML file, or the name of one that came with the program: quickstart, ferplus-heka, ..");
        _recipe.CompletionSources.Add([.. RecipeArgument.Names]);
        _out = With<string?>("--out", "DIR", "the run's folder; if not given, runs/ with the recipe's name and a number");
        _resume = Flag("--resume", "goes on with the run in --out, or with the latest of this recipe's name");
        _set = With<string[]>("--set", "KEY=VALUE", "changes a key of the recipe; may be repeated");
        _set.Arity = ArgumentArity.OneOrMore;
        _explain = Flag("--explain", "prints every setting and where its value comes from, says what is missing, and trains nothing");
        Examples.Add(("hkafer train recipes/paper-dinov2-large.yaml --set data.train=ferplus:/data/FERPlus",
            "the paper's recipe on one's own copy of the data"));
        Examples.Add(("hkafer train my.yaml --out runs/try --set method=lora --set training.epochs=10", "a variation"));
        Examples.Add(("hkafer train my.yaml --set method=lora --explain", "what would be trained, and where each setting comes from"));
        Examples.Add(("hkafer train cer-qwen2vl --set backbone=checkpoints/qwen2-vl-2b --explain", "a vision-language model, in two stages"));
        Examples.Add(("hkafer train my.yaml --out runs/try --resume", "goes on after an interruption"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string path = args.GetRequiredValue(_recipe);
        bool resume = args.GetValue(_resume);
        string[] sets = RecipeArgument.Sets(args.GetValue(_set));

        string file = RecipeArgument.Find(path);
        bool staged = AnswerRecipe.Is(file);
        if (args.GetValue(_explain))
        {
            RecipeExplanation explanation = RecipeExplanation.Load(file, sets);
            int code = Explain(explanation, output);
            if (staged && explanation.Missing.Count == 0)
            {
                StagedTraining.Plan(file, sets, output);
            }

            return code;
        }

        AnswerRecipe? stages = staged ? AnswerRecipe.Load(file, sets) : null;
        Recipe? single = staged ? null : Recipe.Load(file, sets);
        using var place = new RunPlace(path, args.GetValue(_out), resume);
        return single is { } recipe ? Train(recipe, place, resume, path, sets, output, cancel) : StagedTraining.Run(stages!, place, resume, path, sets, output, cancel);
    }

    private static int Train(Recipe recipe, RunPlace place, bool resume, string path, string[] sets, Output output, CancellationToken cancel)
    {
        string folder = place.Folder;
        RunResult result = TrainingRun.Execute(recipe, folder, resume, place.Progress(output), cancel: cancel);
        if (!output.Document(() => ToJson(result)))
        {
            Write(result, output);
        }

        output.LeftOut(result.LeftOver);
        foreach (string warning in new[] { result.Caution, result.Warning }.OfType<string>())
        {
            output.Error($"warning: {warning}");
        }

        if (result.Interrupted)
        {
            place.TellHowToGoOn(output, "train", path, sets);
            return ExitCode.Interrupted;
        }

        if (result.StoppedEarly is { } why)
        {
            output.Message($"stopped early after {result.Epochs} epochs: {why}");
        }

        if (!output.IsJson)
        {
            output.Message($"next: hkafer predict {Quoting.ShellWord(folder)} YOUR-PICTURES");
        }

        if (resume && result.Epochs == result.EpochsBefore)
        {
            output.Message($"nothing was left to train: the run had {(result.StoppedEarly is null ? "ended" : "stopped early")} before");
        }

        return ExitCode.Done;
    }

    private static int Explain(RecipeExplanation explanation, Output output)
    {
        if (!output.Document(() => new JsonObject(explanation.Values.Select(value => KeyValuePair.Create<string, JsonNode?>(
                value.Key, new JsonObject { ["value"] = value.Value?.DeepClone(), ["from"] = value.From })))))
        {
            output.Line(explanation.Yaml.TrimEnd('\n'));
        }

        foreach (string missing in explanation.Missing)
        {
            output.Error(missing);
        }

        return explanation.Missing.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static JsonObject ToJson(RunResult result) => new()
    {
        ["run"] = result.Folder,
        ["zero_shot"] = result.ZeroShot is { } untrained ? MetricsJson.Write(untrained) : null,
        ["best"] = ToJson(result.Best),
        ["last"] = result.Last is { } last ? MetricsJson.Write(last) : null,
        ["test"] = ToJson(result.Test),
        ["trainable"] = result.Trainable,
        ["total"] = result.Total,
        ["seconds"] = Json.Number(result.Seconds),
        ["peak_memory_bytes"] = result.PeakMemoryBytes,
        ["images_per_second"] = Json.Number(result.ImagesPerSecond),
        ["interrupted"] = result.Interrupted,
        ["stopped_early"] = result.StoppedEarly,
        ["caution"] = result.Caution,
        ["warning"] = result.Warning,
        ["unused_tensors"] = Json.Strings(result.LeftOver),
    };

    private static JsonObject? ToJson(ScoredEpoch? scored) =>
        scored is null ? null : new JsonObject([new("epoch", scored.Epoch), .. Moved(MetricsJson.Write(scored.Metrics))]);

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Moved(JsonObject json) =>
        json.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()));

    private static void Write(RunResult result, Output output) => output.Facts(
    [
        ("run", result.Folder),
        .. result.ZeroShot is { } untrained ? [("zero-shot", Score(untrained))] : Array.Empty<(string, string)>(),
        ("best", result.Best is { } best ? $"epoch {best.Epoch}, {Score(best.Metrics)}" : "-"),
        ("last", result.Last is { } last ? Score(last) : "-"),
        .. result.Test is { } test ? [("test", $"epoch {test.Epoch}, {Score(test.Metrics)}")] : Array.Empty<(string, string)>(),
        ("trainable", FormattableString.Invariant($"{result.Trainable:N0} of {result.Total:N0} parameters")),
        ("seconds", FormattableString.Invariant($"{result.Seconds:F1}")),
        ("images/s", FormattableString.Invariant($"{result.ImagesPerSecond:F1}")),
        ("peak memory", FormattableString.Invariant($"{result.PeakMemoryBytes / 1e9:F2} GB")),
        .. result.Warning is null ? [("report", new RunFolder(result.Folder).Report)] : Array.Empty<(string, string)>(),
    ]);

    private static string Score(EvaluationResult result) =>
        $"accuracy {EvaluationText.Percent(result.Accuracy)}, macro F1 {EvaluationText.Percent(result.MacroF1)}";
}
