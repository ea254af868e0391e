using System.Text.Json;

namespace HkaFer.Training;

/// <summary>A training that keeps a run's folder, as a part of an experiment.</summary>
/// <param name="name">Name of its folder.</param>
internal abstract class FolderRun(string name) : PlannedRun(name)
{
    public override RunStanding Standing(string folder)
    {
        if (!RunFolder.IsRun(folder))
        {
            return new RunStanding(RunState.New);
        }

        JsonElement summary = new RunFolder(folder).ReadSummary();
        return new RunStanding(
            summary.Text("status") == "done" ? RunState.Done : RunState.Begun, (long?)summary.Number("trainable"), summary.At("timing")?.Number("seconds"));
    }

    public sealed override bool Execute(string folder, Func<PlannedRun, string> place, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        try
        {
            return Train(folder, RunFolder.IsRun(folder), place, progress, cancel);
        }
        catch (HkaFerException e) when (e.Data[RunFingerprint.Difference] is string difference)
        {
            throw new HkaFerException($"{difference}; or take this folder away to train it again: the other runs stay", e);
        }
    }

    /// <summary>Trains to the end, or until it is stopped.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="resume">Whether a part is there, with which it goes on.</param>
    /// <param name="place">Where the folder of another run is.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops after the step under way.</param>
    /// <returns>Whether it is done.</returns>
    private protected abstract bool Train(string folder, bool resume, Func<PlannedRun, string> place, IProgress<TrainingProgress>? progress, CancellationToken cancel);
}
