using System.Diagnostics;
using System.Text.Json;

namespace HkaFer.Training;

/// <summary>A run's clock, over all its parts where it was resumed, and what it tells of how far it is.</summary>
/// <param name="loop">The loop that trains.</param>
/// <param name="task">What it trains.</param>
/// <param name="listener">Who is told, or null.</param>
internal sealed class RunProgress(TrainingLoop loop, RunTask task, IProgress<TrainingProgress>? listener)
{
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromSeconds(0.2);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private double _secondsBefore;
    private double _trainSecondsBefore;
    private TimeSpan _reported;

    internal double Seconds => _secondsBefore + _watch.Elapsed.TotalSeconds;

    private double TrainSeconds => _trainSecondsBefore + loop.Seconds;

    private double ImagesPerSecond
    {
        get
        {
            double images = ((double)loop.State.Epoch * task.Count) + loop.State.Seen;
            return TrainSeconds > 0 ? images / TrainSeconds : 0;
        }
    }

    /// <summary>Goes on with the times of a run that is resumed.</summary>
    /// <param name="summary">Its <c>run.json</c>.</param>
    internal void Restore(JsonElement summary) => (_secondsBefore, _trainSecondsBefore) = RunRecorder.SecondsOf(summary);

    internal RunClock Clock() => new(Seconds, TrainSeconds, ImagesPerSecond, Machine.PeakMemoryBytes());

    /// <summary>A step is done; told a few times a second.</summary>
    internal void Step(TrainingState state)
    {
        if (listener is not null && _watch.Elapsed - _reported >= s_reportEvery)
        {
            Report(state, "train", Training(state));
        }
    }

    /// <summary>Scoring is under way; told a few times a second, and of its last picture.</summary>
    /// <param name="state">With the sums of the epoch.</param>
    internal IProgress<(int Done, int All)> Scoring(TrainingState state) => new DirectProgress<(int Done, int All)>(pictures =>
    {
        if (listener is not null && (pictures.Done == pictures.All || _watch.Elapsed - _reported >= s_reportEvery))
        {
            Report(state, "evaluate", Training(state), pictures);
        }
    });

    /// <summary>An epoch is done.</summary>
    /// <param name="state">With the sums of the epoch.</param>
    /// <param name="score">Its score, or null where it was not scored.</param>
    internal void Scored(TrainingState state, double? score) =>
        Report(state with { Step = loop.Steps }, "scored", score ?? Training(state), split: score is null ? null : task.ScoredOn);

    private double? Training(TrainingState state) => task.CountsCorrect ? (double)state.Correct / Math.Max(1, state.Seen) : null;

    private void Report(TrainingState state, string phase, double? score, (int Done, int All)? scored = null, string? split = null)
    {
        _reported = _watch.Elapsed;
        int epochs = task.Settings.Epochs;
        double share = (state.Epoch + ((double)state.Step / loop.Steps)) / epochs;
        TimeSpan remaining = share > 0 ? TimeSpan.FromSeconds(Seconds * (1 - share) / share) : TimeSpan.Zero;
        listener?.Report(new TrainingProgress(
            Math.Min(state.Epoch + 1, epochs), epochs, scored?.Done ?? state.Step, scored?.All ?? loop.Steps, state.LossSum / Math.Max(1, state.Seen), score, ImagesPerSecond, remaining, phase)
        {
            Split = split,
            Measure = split is null ? "accuracy" : task.Measure,
        });
    }
}
