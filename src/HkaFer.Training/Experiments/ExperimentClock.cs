namespace HkaFer.Training;

/// <summary>How long the runs of an experiment take, as far as that is known from those that are done.</summary>
/// <param name="runs">All of them.</param>
/// <param name="folder">Where they are.</param>
internal sealed class ExperimentClock(IReadOnlyList<PlannedRun> runs, ExperimentFolder folder)
{
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _seconds = Known(runs, folder);

    /// <summary>A run needs no more time.</summary>
    internal void Ended(PlannedRun run)
    {
        _ended.Add(run.Name);
        if (Seconds(run, folder) is { } seconds)
        {
            _seconds[run.Name] = seconds;
        }
    }

    /// <summary>What is left: of the run under way by its own estimate, of the others as long as those whose time is known took in the mean.</summary>
    internal TimeSpan? Remaining(PlannedRun current, TrainingProgress? training)
    {
        double own = training?.Remaining.TotalSeconds ?? 0;
        int left = runs.Count(run => run.Name != current.Name && !_ended.Contains(run.Name) && !_seconds.ContainsKey(run.Name));
        return left == 0 ? training is null ? null : training.Remaining
            : _seconds.Count > 0 ? TimeSpan.FromSeconds(own + (left * _seconds.Values.Average()))
            : null;
    }

    /// <summary>Time that a run will take, from its own or from other seeds of the same training; null where none is done.</summary>
    internal static double? Estimate(PlannedRun run, IReadOnlyList<PlannedRun> runs, ExperimentFolder folder)
    {
        double[] same = [.. runs.Where(other => other.Kin == run.Kin).Select(other => Seconds(other, folder)).OfType<double>()];
        return same.Length == 0 ? null : same.Average();
    }

    private static Dictionary<string, double> Known(IReadOnlyList<PlannedRun> runs, ExperimentFolder folder) => runs
        .Select(run => (run.Name, Seconds: Seconds(run, folder))).Where(run => run.Seconds is not null).ToDictionary(run => run.Name, run => run.Seconds!.Value, StringComparer.Ordinal);

    private static double? Seconds(PlannedRun run, ExperimentFolder folder)
    {
        try
        {
            return run.Standing(folder.Run(run)) is { State: RunState.Done, Seconds: { } seconds } ? seconds : null;
        }
        catch (HkaFerException)
        {
            // A damaged run is told when it is its turn.
            return null;
        }
    }
}
