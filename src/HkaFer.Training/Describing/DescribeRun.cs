using Microsoft.Extensions.Logging;

namespace HkaFer.Training;

/// <summary>Makes a small vision-language model that describes faces, in a folder that tells all about it; its checkpoint is in <c>last/backbone</c>.</summary>
public static class DescribeRun
{
    /// <summary>Runs a recipe to its end, or until stopped.</summary>
    /// <param name="recipe">All settings.</param>
    /// <param name="folder">The run's folder; made where it does not exist.</param>
    /// <param name="resume">Goes on with the run that is in the folder.</param>
    /// <param name="progress">Told how far it is, on the thread that trains.</param>
    /// <param name="log">Told of the start, each epoch and the end.</param>
    /// <param name="cancel">Stops after the step under way; what was reached is saved and can be resumed.</param>
    /// <exception cref="HkaFerException">The recipe does not fit, or the folder is in use, holds another run or cannot be written.</exception>
    public static PretrainResult Execute(
        DescribeRecipe recipe, string folder, bool resume = false, IProgress<TrainingProgress>? progress = null, ILogger? log = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Check();
        return PretrainRun.Result(RunCourse.Execute(recipe.ToYaml(), folder, place => new DescribeTask(recipe, place), resume, progress, log, null, cancel));
    }
}
