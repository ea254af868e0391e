using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace HkaFer.Training;

/// <summary>
/// Trains a vision-language model stage by stage. The run's folder holds one run a stage (<c>basic/</c>, <c>compound/</c>), each with its records, its report and its
/// models, and a <c>run.json</c> of its own that tells of all; the model of the run is that of its last stage.
/// </summary>
public static class AnswerRun
{
    /// <summary>Runs a recipe to its end, or until stopped.</summary>
    /// <param name="recipe">All settings.</param>
    /// <param name="folder">The run's folder; made where it does not exist.</param>
    /// <param name="resume">Goes on with the run that is in the folder; stages that are done stay as they are.</param>
    /// <param name="stages">Told the name of each stage as it begins or goes on.</param>
    /// <param name="progress">Told how far the stage is, on the thread that trains.</param>
    /// <param name="log">Told of the start, each epoch and the end (Information), and of an interruption (Warning).</param>
    /// <param name="cancel">Stops after the step under way; what was reached is saved and can be resumed.</param>
    /// <exception cref="HkaFerException">As <see cref="TrainingRun.Execute(Recipe, string, bool, IProgress{TrainingProgress}?, ILogger?, CancellationToken)"/>.</exception>
    public static AnswerRunResult Execute(
        AnswerRecipe recipe, string folder, bool resume = false, IProgress<string>? stages = null, IProgress<TrainingProgress>? progress = null, ILogger? log = null,
        CancellationToken cancel = default) => Execute(recipe, folder, resume, stages, progress, log, null, cancel);

    /// <summary>As the public one; a test may stop a run at any step.</summary>
    internal static AnswerRunResult Execute(
        AnswerRecipe recipe, string folder, bool resume, IProgress<string>? stages, IProgress<TrainingProgress>? progress, ILogger? log, Action? afterStep,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Check();
        string yaml = recipe.ToYaml();
        var place = new RunFolder(folder);
        RunLock? held = RunFolder.IsRun(place.Path) ? RunLock.Take(place.Path) : null;
        try
        {
            place.CheckFree(yaml, resume);
            return Go(recipe, yaml, place, Hold, stages, progress, log, afterStep, cancel);
        }
        finally
        {
            held?.Dispose();
        }

        // A new folder is made only when what is trained has been loaded.
        void Hold()
        {
            if (held is null)
            {
                held = RunLock.Take(place.Path);
                place.CheckFree(yaml, resume);
                AtomicFile.WriteText(place.Recipe, yaml);
            }
        }
    }

    private static AnswerRunResult Go(
        AnswerRecipe recipe, string yaml, RunFolder place, Action hold, IProgress<string>? stages, IProgress<TrainingProgress>? progress, ILogger? log, Action? afterStep,
        CancellationToken cancel)
    {
        var summary = new StageSummary(place, recipe);
        var warnings = new List<string>();
        string? before = null;
        foreach (AnswerStage stage in recipe.Stages)
        {
            string folder = RunFolder.StageFolder(place.Path, stage.Name);
            bool begun = RunFolder.IsRun(folder);
            if (!begun || new RunFolder(folder).ReadSummary().Text("status") != "done")
            {
                stages?.Report(stage.Name);
                string? under = before;
                try
                {
                    RunOutcome outcome = RunCourse.Execute(yaml, folder, own => Begin(own, stage, under), begun, progress, log, afterStep, cancel);
                    warnings.AddRange(((string?[])[outcome.Warning]).OfType<string>());
                    if (outcome.Interrupted)
                    {
                        return End("interrupted");
                    }
                }
                catch (Exception e) when (RunFolder.IsRun(place.Path))
                {
                    summary.Write("failed", e.Message);
                    throw;
                }
            }

            before = RunFolder.ReportedModel(folder);
        }

        return End("done");

        AnswerRunResult End(string status)
        {
            warnings.AddRange(((string?[])[summary.Write(status)]).OfType<string>());
            return summary.Result(status == "interrupted", warnings);
        }

        // What is wrong with data, model or recipe is found before there is anything of the run.
        AnswerTask Begin(RunFolder own, AnswerStage stage, string? under)
        {
            var task = new AnswerTask(recipe, stage, under, own);
            hold();
            summary.Write("running");
            return task;
        }
    }
}
