namespace HkaFer.Training;

/// <summary>A run of a plan, before it is done.</summary>
/// <param name="Run">The run.</param>
/// <param name="Standing">How far it is.</param>
/// <param name="Seconds">How long it took, or will take as other seeds of the same training took; null where none is done.</param>
public sealed record ExperimentPlanRow(PlannedRun Run, RunStanding Standing, double? Seconds)
{
    /// <summary>The runs of an experiment.</summary>
    /// <param name="experiment">The plan.</param>
    /// <param name="folder">The folder of experiments; need not exist.</param>
    /// <exception cref="HkaFerException">A run that is there cannot be read.</exception>
    public static IReadOnlyList<ExperimentPlanRow> All(Experiment experiment, string folder)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var place = new ExperimentFolder(folder);
        IReadOnlyList<PlannedRun> runs = experiment.Runs;
        return [.. runs.Select(run => new ExperimentPlanRow(run, run.Standing(place.Run(run)), ExperimentClock.Estimate(run, runs, place)))];
    }
}
