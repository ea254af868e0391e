using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace HkaFer.Training;

/// <summary>Pre-trains the backbone that a recipe describes, in a folder that tells all about it.</summary>
public static class PretrainRun
{
    /// <summary>Runs a recipe to its end, or until stopped. The encoder is in <c>last/backbone</c> and <c>best/backbone</c> of the folder, usable as any checkpoint.</summary>
    /// <param name="recipe">All settings.</param>
    /// <param name="folder">The run's folder; made where it does not exist.</param>
    /// <param name="resume">Goes on with the run that is in the folder.</param>
    /// <param name="progress">Told how far it is, on the thread that trains.</param>
    /// <param name="log">Told of the start, each epoch and the end (Information), and of an interruption (Warning).</param>
    /// <param name="cancel">Stops after the step under way; what was reached is saved and can be resumed.</param>
    /// <exception cref="HkaFerException">
    /// Pictures, backbone or recipe do not fit, the folder is in use, holds another run or cannot be written, a picture cannot be read, or the loss is not a
    /// number. The last checkpoint is whole then.
    /// </exception>
    public static PretrainResult Execute(
        PretrainRecipe recipe, string folder, bool resume = false, IProgress<TrainingProgress>? progress = null, ILogger? log = null,
        CancellationToken cancel = default) =>
        Execute(recipe, folder, resume, progress, log, null, cancel);

    /// <summary>As the public one; a test may stop a run at any step.</summary>
    internal static PretrainResult Execute(
        PretrainRecipe recipe, string folder, bool resume, IProgress<TrainingProgress>? progress, ILogger? log, Action? afterStep, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Check();
        return Result(RunCourse.Execute(recipe.ToYaml(), folder, place => new PretrainTask(recipe, place), resume, progress, log, afterStep, cancel));
    }

    /// <summary>What came of a run that makes a backbone.</summary>
    internal static PretrainResult Result(RunOutcome outcome)
    {
        return new PretrainResult
        {
            Folder = outcome.Folder,
            Best = outcome.Best is { } best && Loss(best.Metrics) is { } least ? (best.Epoch, least) : null,
            Last = Loss(outcome.Last),
            Trainable = outcome.Trainable,
            Total = outcome.Total,
            Seconds = outcome.Clock.Seconds,
            PeakMemoryBytes = outcome.Clock.PeakMemoryBytes,
            ImagesPerSecond = outcome.Clock.ImagesPerSecond,
            Interrupted = outcome.Interrupted,
            EpochsBefore = outcome.EpochsBefore,
            Epochs = outcome.Epochs,
            Warning = outcome.Warning,
        };
    }

    private static double? Loss(JsonObject? metrics) => (double?)metrics?["loss"];
}
