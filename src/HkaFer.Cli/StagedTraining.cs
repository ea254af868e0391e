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
    /// <param name="recipe">All settings.</param>
    /// <param name="folder">The run's.</param>
    /// <param name="resume">Whether it goes on.</param>
    /// <param name="output">Where to.</param>
    /// <param name="cancel">Asks it to stop.</param>
    public static AnswerRunResult Run(AnswerRecipe recipe, string folder, bool resume, Output output, CancellationToken cancel)
    {
        bool anew = resume && !RunFolder.IsRun(folder), told = false;
        string stage = "";

        // As for other recipes: what does not fit promises no folder.
        void Show(TrainingProgress progress)
        {
            if (!told)
            {
                told = true;
                output.Message($"run: {folder}{(anew ? "; nothing to resume yet, begins anew" : "")}");
            }

            TrainingLine.Show(output, progress, $"{stage}  ");
        }

        return AnswerRun.Execute(
            recipe, folder, resume, new DirectProgress<string>(name => stage = name), new DirectProgress<TrainingProgress>(Show), cancel: cancel);
    }

    /// <summary>The document: the last stage's fields where scripts look for those of a run, and all stages.</summary>
    public static JsonObject ToJson(AnswerRunResult result)
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
            ["stages"] = Json.Array(result.Stages, s => new JsonObject
            {
                ["name"] = s.Name,
                ["run"] = s.Folder,
                ["status"] = s.Status,
                ["epochs_done"] = s.EpochsDone,
                ["best"] = s.Best?.DeepClone(),
                ["last"] = s.Last?.DeepClone(),
                ["test"] = s.Test?.DeepClone(),
                ["trainable"] = s.Trainable,
                ["seconds"] = Json.Number(s.Seconds),
            }),
        };
    }

    /// <summary>The same for people.</summary>
    public static void Write(AnswerRunResult result, Output output)
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
        output.Facts(("run", result.Folder), ("report", new RunFolder(result.Folder).Report));
    }
}
