using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace HkaFer.Training;

/// <summary>Trains the classifier that a recipe describes, in a folder that tells all about it.</summary>
public static class TrainingRun
{
    /// <summary>Runs a recipe to its end, or until stopped.</summary>
    /// <param name="recipe">All settings.</param>
    /// <param name="folder">The run's folder; made where it does not exist.</param>
    /// <param name="resume">Goes on with the run that is in the folder.</param>
    /// <param name="progress">Told how far it is, on the thread that trains: a few times a second, and at the end of each epoch.</param>
    /// <param name="log">Told of the start, each epoch and the end (Information), and of an interruption (Warning).</param>
    /// <param name="cancel">Stops after the step under way; what was reached is saved and can be resumed.</param>
    /// <exception cref="HkaFerException">
    /// Data, backbone or recipe do not fit, the folder is in use, holds another run or cannot be written, a picture cannot be read, or the loss is not
    /// a number. The last checkpoint is whole then.
    /// </exception>
    public static RunResult Execute(
        Recipe recipe, string folder, bool resume = false, IProgress<TrainingProgress>? progress = null, ILogger? log = null,
        CancellationToken cancel = default) =>
        Execute(recipe, folder, resume, progress, log, null, null, cancel);

    /// <summary>As the public one; several runs may share pictures that are open already, and a test may stop a run at any step.</summary>
    internal static RunResult Execute(
        Recipe recipe, string folder, bool resume, IProgress<TrainingProgress>? progress, ILogger? log, RunData? data, Action? afterStep,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Check();
        string? caution = null;
        IReadOnlyList<string> leftOver = [];
        RunOutcome outcome = RunCourse.Execute(recipe.ToYaml(), folder, Make, resume, progress, log, afterStep, cancel);
        return new RunResult
        {
            Folder = outcome.Folder,
            ZeroShot = Read(outcome.Untrained),
            Best = Read(outcome.Best),
            Last = Read(outcome.Last),
            Test = Read(outcome.Test),
            Trainable = outcome.Trainable,
            Total = outcome.Total,
            Seconds = outcome.Clock.Seconds,
            PeakMemoryBytes = outcome.Clock.PeakMemoryBytes,
            ImagesPerSecond = outcome.Clock.ImagesPerSecond,
            Interrupted = outcome.Interrupted,
            StoppedEarly = outcome.StoppedEarly,
            EpochsBefore = outcome.EpochsBefore,
            Epochs = outcome.Epochs,
            Caution = caution,
            Warning = outcome.Warning,
            LeftOver = leftOver,
        };

        RunTask Make(RunFolder place)
        {
            var task = new ClassifierTask(recipe, place, data);
            (caution, leftOver) = (task.Caution, task.LeftOver);
            return task;
        }
    }

    private static EvaluationResult? Read(JsonObject? metrics) => metrics is null ? null : MetricsJson.Read(metrics);

    private static ScoredEpoch? Read(EpochMetrics? scored) => scored is null ? null : new ScoredEpoch(scored.Epoch, MetricsJson.Read(scored.Metrics));
}
