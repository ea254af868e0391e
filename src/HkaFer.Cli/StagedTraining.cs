using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>Trains what a recipe with stages describes.</summary>
internal static class StagedTraining
{
    /// <summary>What the stages will do, as far as it can be told.</summary>
    public static void Plan(string file, string[] sets, Output output)
    {
        foreach (StagePlan stage in StagePlan.Of(AnswerRecipe.Load(file, sets)))
        {
            output.Message(stage.ToString());
        }
    }

    /// <summary>Runs them.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(AnswerRecipe recipe, RunPlace place, bool resume, string path, string[] sets, Output output, CancellationToken cancel)
    {
        string stage = "";
        AnswerRunResult result = AnswerRun.Execute(
            recipe, place.Folder, resume, new DirectProgress<string>(name => stage = name), place.Progress(output, () => $"{stage}  "), cancel: cancel);
        if (!output.Document(() => ToJson(result)))
        {
            Write(result, output);
        }

        output.LeftOut(result.Stages is [.., var last] ? last.LeftOver : []);
        foreach (string warning in result.Stages.Where(s => s.Caution is not null).Select(s => $"stage {s.Name}: {s.Caution}").Concat(result.Warnings))
        {
            output.Error($"warning: {warning}");
        }

        if (result.Interrupted)
        {
            place.TellHowToGoOn(output, "train", path, sets);
            return ExitCode.Interrupted;
        }

        if (!output.IsJson)
        {
            output.Message($"next: hkafer predict {Quoting.ShellWord(place.Folder)} YOUR-PICTURES");
        }

        return ExitCode.Done;
    }

    /// <summary>The document: the last stage's fields where scripts look for those of a run, and all stages.</summary>
    private static JsonObject ToJson(AnswerRunResult result)
    {
        StageResult? last = result.Stages.LastOrDefault();
        return new JsonObject
        {
            ["run"] = result.Folder,
            ["best"] = last?.Best?.DeepClone(),
            ["last"] = last?.Last?.DeepClone(),
            ["test"] = last?.Test?.DeepClone(),
            ["trainable"] = last?.Trainable,
            ["total"] = last?.Total,
            ["seconds"] = Json.Number(result.Stages.Sum(s => s.Seconds)),
            ["peak_memory_bytes"] = result.Stages.Select(s => s.PeakMemoryBytes).DefaultIfEmpty(0).Max(),
            ["images_per_second"] = Json.Number(last?.ImagesPerSecond ?? 0),
            ["interrupted"] = result.Interrupted,
            ["caution"] = last?.Caution,
            ["warning"] = result.Warnings.Count > 0 ? string.Join("; ", result.Warnings) : null,
            ["unused_tensors"] = Json.Strings(last?.LeftOver ?? []),
            ["stages"] = Json.Array(result.Stages, s => new JsonObject
            {
                ["name"] = s.Name,
                ["run"] = s.Folder,
                ["status"] = s.Status,
                ["epochs_done"] = s.EpochsDone,
                ["best"] = s.Best?.DeepClone(),
                ["last"] = s.Last?.DeepClone(),
                ["test"] = s.Test?.DeepClone(),
                ["caution"] = s.Caution,
                ["trainable"] = s.Trainable,
                ["seconds"] = Json.Number(s.Seconds),
            }),
        };
    }

    /// <summary>The same for people.</summary>
    private static void Write(AnswerRunResult result, Output output)
    {
        var table = new Table("stage", "status", ">epochs", ">accuracy", ">macro F1", ">unparsed", ">test", ">trained weights", ">seconds");
        foreach (StageResult s in result.Stages)
        {
            table.Add(
                s.Name, s.Status, s.EpochsDone, EvaluationText.Percent((double?)s.Last?["accuracy"]), EvaluationText.Percent((double?)s.Last?["macro_f1"]),
                (object?)(int?)s.Last?["unparsed"] ?? "-", EvaluationText.Percent((double?)s.Test?["accuracy"]), FormattableString.Invariant($"{s.Trainable:N0}"),
                FormattableString.Invariant($"{s.Seconds:F1}"));
        }

        output.Table(table);
        output.Line("");
        output.Facts([("run", result.Folder), .. result.Warnings.Count == 0 ? [("report", new RunFolder(result.Folder).Report)] : Array.Empty<(string, string)>()]);
    }
}
