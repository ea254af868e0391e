using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>The scores of a run: before training where a task has one, of each epoch that is due, and of the finished run on the split that scored none.</summary>
/// <param name="task">What is scored, as it is at that moment.</param>
/// <param name="folder">The run's folder.</param>
internal sealed class RunScores(RunTask task, RunFolder folder)
{
    private EpochScore? _score;

    /// <summary>The best epoch.</summary>
    internal EpochMetrics? Best { get; private set; }

    /// <summary>Metrics of the last epoch; null where it was not due.</summary>
    internal JsonObject? Last { get; private set; }

    /// <summary>The score of the epoch just scored; null where it was not due.</summary>
    internal double? Value => _score?.Value;

    /// <summary>The epoch that the finished run reports, on the split that did not score its epochs.</summary>
    internal EpochMetrics? Test { get; private set; }

    /// <summary>Takes up the scores of a run that goes on.</summary>
    /// <param name="state">The checkpoint.</param>
    /// <param name="test">Score on the test split, where the run was done.</param>
    internal void Restore(TrainingState state, EpochMetrics? test)
    {
        Best = state.BestMetrics is { } best ? new EpochMetrics(state.BestEpoch, best) : null;
        (Last, Test) = (state.LastMetrics, test);
    }

    /// <summary>Scores an epoch where that is due, and keeps what reports show of it.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; the epoch is then scored on resuming.</exception>
    internal void Epoch(int epoch, bool due, IProgress<(int Done, int All)> progress, CancellationToken cancel)
    {
        _score = due ? task.Score(epoch, progress, cancel) : null;
        Last = _score?.Metrics;
    }

    /// <summary>Notes the last epoch as the best one if it is.</summary>
    /// <returns>The state with it, or null where it is not better.</returns>
    internal TrainingState? Improved(TrainingState state)
    {
        if (_score is not { } score || score.Merit <= state.BestMerit)
        {
            return null;
        }

        Best = new EpochMetrics(state.Epoch + 1, score.Metrics);
        return state with { BestEpoch = Best.Epoch, BestMerit = score.Merit, BestMetrics = score.Metrics };
    }

    /// <summary>Scores the model that the finished run reports, its last or its best, on the split that it is reported on, where there is one.</summary>
    /// <param name="epoch">The last epoch.</param>
    /// <param name="progress">Told how many examples are done.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal void AtEnd(int epoch, IProgress<(int Done, int All)> progress, CancellationToken cancel)
    {
        bool earlier = task.Settings.Selection == ModelSelection.Best && Best is { } best && best.Epoch != epoch;
        Test = task.ScoreReported(earlier ? folder.Best : null, progress, cancel) is { } metrics
            ? new EpochMetrics(earlier ? Best!.Epoch : epoch, metrics) : null;
    }
}
