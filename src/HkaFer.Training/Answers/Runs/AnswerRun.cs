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
        Dictionary<string, AnswerPrompt> later = [];
        foreach (AnswerStage stage in recipe.Stages.Where(stage => !IsDone(Folder(stage))))
        {
            later.Add(stage.Name, Asked(recipe, stage));
        }

        string? before = null;
        foreach (AnswerStage stage in recipe.Stages)
        {
            string folder = Folder(stage);
            if (!IsDone(folder))
            {
                stages?.Report(stage.Name);
                later.Remove(stage.Name);
                RunOutcome outcome = Train(stage, folder, before);
                warnings.AddRange(((string?[])[outcome.Warning]).OfType<string>());
                if (outcome.Interrupted)
                {
                    return End("interrupted");
                }
            }

            before = RunFolder.ReportedModel(folder);
        }

        return End("done");

        string Folder(AnswerStage stage) => RunFolder.StageFolder(place.Path, stage.Name);

        RunOutcome Train(AnswerStage stage, string folder, string? under)
        {
            bool begun = RunFolder.IsRun(folder), goesOn = false;
            try
            {
                return RunCourse.Execute(yaml, folder, own => Make(own, stage, under, begun, () => goesOn = true), begun, progress, log, afterStep, cancel);
            }
            catch (Exception e) when ((goesOn || !begun) && RunFolder.IsRun(place.Path))
            {
                summary.Failed(e);
                throw;
            }
        }

        AnswerRunResult End(string status)
        {
            // What a killed process had half written lies where it was, and a stage that was done by then does not run again.
            foreach (string folder in (string[])[place.Path, .. recipe.Stages.Select(Folder)])
            {
                AtomicFile.RemoveLeftovers(folder);
            }

            warnings.AddRange(((string?[])[summary.Write(status)]).OfType<string>());
            return summary.Result(status == "interrupted", warnings);
        }

        // What is wrong with data, model or recipe is found before there is anything of the run; a run whose resume is refused stays as it is.
        AnswerTask Make(RunFolder own, AnswerStage stage, string? under, bool begun, Action goesOn)
        {
            var task = new AnswerTask(recipe, stage, under, own)
            {
                Begins = () =>
                {
                    goesOn();
                    summary.GoOn();
                },
            };
            foreach ((string name, AnswerPrompt prompt) in later)
            {
                Named(name, () => task.CheckPrompt(prompt));
            }

            hold();
            if (!begun)
            {
                // Its run.json stands before that of its first stage.
                summary.Write("running");
            }

            return task;
        }
    }

    private static bool IsDone(string stage) => RunFolder.IsRun(stage) && new RunFolder(stage).ReadSummary().Text("status") == "done";

    /// <summary>
    /// What a stage will ask. Looked at for all stages before the first one trains: what is wrong with the data or the prompt of the second is not to be found a day
    /// later.
    /// </summary>
    private static AnswerPrompt Asked(AnswerRecipe recipe, AnswerStage stage)
    {
        AnswerPrompt? prompt = null;
        Named(stage.Name, () => prompt = AnswerPrompt.For(AnswerTask.Open(recipe, stage).Train.Classes, recipe.Prompt));
        return prompt!;
    }

    private static void Named(string stage, Action check)
    {
        try
        {
            check();
        }
        catch (HkaFerException e)
        {
            throw new HkaFerException($"stage {stage}: {e.Message}", e);
        }
    }
}
