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
        Examples.Add(("hkafer train cer-qwen2vl --set backbone=Qwen/Qwen2-VL-2B-Instruct --set 'basic.data.train=[rafdb:/data/raf-db]' --set 'compound.data.train=[rafdb-compound:/data/raf-db]'",
            "a vision-language model, in two stages"));
        Examples.Add(("hkafer train my.yaml --out runs/try --resume", "goes on after an interruption"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string path = args.GetRequiredValue(_recipe);
        bool resume = args.GetValue(_resume);
        string[] sets = args.GetValue(_set) ?? [];
        if (sets.FirstOrDefault(set => set.IndexOf('=', StringComparison.Ordinal) < 1) is { } wrong)
        {
            throw new UsageException($"--set takes KEY=VALUE, got '{wrong}'");
        }

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
        Recipe? recipe = staged ? null : Recipe.Load(file, sets);
        string name = Path.GetFileNameWithoutExtension(path);
        string? named = args.GetValue(_out);
        string folder = named ?? (resume ? RunNames.Latest(name) : RunNames.Reserve(name));
        try
        {
            return stages is null ? Train(recipe!, folder, resume, path, sets, output, cancel) : TrainStages(stages, folder, resume, path, sets, output, cancel);
        }
        finally
        {
            if (named is null)
            {
                RunNames.Release(folder);
            }
        }
    }

    private static int TrainStages(AnswerRecipe recipe, string folder, bool resume, string path, string[] sets, Output output, CancellationToken cancel)
    {
        AnswerRunResult result = StagedTraining.Run(recipe, folder, resume, output, cancel);
        if (!output.Document(() => StagedTraining.ToJson(result)))
        {
            StagedTraining.Write(result, output);
        }

        return End(result.Interrupted, folder, path, sets, output);
    }

    private static int Train(Recipe recipe, string folder, bool resume, string path, string[] sets, Output output, CancellationToken cancel)
    {
        bool anew = resume && !RunFolder.IsRun(folder), told = false;

        // Only when it goes on: a recipe that does not fit leaves no folder behind, and should not promise one.
        void Show(TrainingProgress progress)
        {
            if (!told)
            {
                told = true;
                output.Message($"run: {folder}{(anew ? "; nothing to resume yet, begins anew" : "")}");
            }

            TrainingLine.Show(output, progress);
        }

        RunResult result = TrainingRun.Execute(recipe, folder, resume, new DirectProgress<TrainingProgress>(Show), cancel: cancel);

        if (!output.Document(() => ToJson(result)))
        {
            Write(result, output);
        }

        foreach (string warning in new[] { result.Caution, result.Warning }.OfType<string>())
        {
            output.Error($"warning: {warning}");
        }

        if (!result.Interrupted && result.StoppedEarly is { } why)
        {
            output.Message($"stopped early after {result.Epochs} epochs: {why}");
        }

        int code = End(result.Interrupted, folder, path, sets, output);
        if (!result.Interrupted && resume && result.Epochs == result.EpochsBefore)
        {
            output.Message($"nothing was left to train: the run had {(result.StoppedEarly is null ? "ended" : "stopped early")} before");
        }

        return code;
    }

    /// <summary>Says how to go on.</summary>
    /// <returns>The exit code.</returns>
    private static int End(bool interrupted, string folder, string path, string[] sets, Output output)
    {
        if (interrupted)
        {
            string again = string.Concat(sets.Select(set => $" --set {Quoting.ShellWord(set)}"));
            output.Error("interrupted; what was reached is saved. To go on: "
                + $"hkafer train {Quoting.ShellWord(path)} --out {Quoting.ShellWord(folder)} --resume{again}");
            return ExitCode.Interrupted;
        }

        if (!output.IsJson)
        {
            output.Message($"next: hkafer predict {Quoting.ShellWord(folder)} YOUR-PICTURES");
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

    // As a shell reads it back.
}
