using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>The scores of a run: before training where classes are texts, of each epoch that is due, and of the finished run on the test split.</summary>
/// <param name="model">The model; scored as it is at that moment.</param>
/// <param name="data">The splits.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="batch">Pictures at a time.</param>
internal sealed class RunScores(ExpressionModel model, RunData data, RunFolder folder, int batch)
{
    private readonly BatchLoader? _loader = data.Scored is null ? null : new BatchLoader(data.Scored, batch, model.Preprocessing);

    /// <summary>What CLIP scored with its texts alone, before the first step.</summary>
    internal EvaluationResult? ZeroShot { get; private set; }

    /// <summary>The best epoch.</summary>
    internal ScoredEpoch? Best { get; private set; }

    /// <summary>The last epoch; null where it was not due.</summary>
    internal EvaluationResult? Last { get; private set; }

    /// <summary>The finished run on the test split, where that did not score its epochs.</summary>
    internal EvaluationResult? Test { get; private set; }

    /// <summary>Takes up the scores of a run that goes on.</summary>
    /// <param name="state">The checkpoint.</param>
    /// <param name="test">Metrics of the test split, where the run was done.</param>
    internal void Restore(TrainingState state, EvaluationResult? test)
    {
        Best = state.BestMetrics is { } best ? new ScoredEpoch(state.BestEpoch, MetricsJson.Read(best)) : null;
        Last = state.LastMetrics is { } last ? MetricsJson.Read(last) : null;
        ZeroShot = ZeroShotScore.Read(folder.ZeroShot);
        Test = test;
    }

    /// <summary>Scores a model with texts that has learnt nothing yet; does nothing for others, or without a split to score on.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; it is then scored on resuming.</exception>
    internal void BeforeTraining(CancellationToken cancel)
    {
        if (_loader is not null && model.Classifier.Head is ClipTextHead head)
        {
            ZeroShot = ZeroShotScore.Write(model, head, data.Scored!, _loader, folder.ZeroShot, cancel);
        }
    }

    /// <summary>Scores an epoch where that is due, and keeps what reports show of it.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; the epoch is then scored on resuming.</exception>
    internal void Epoch(int epoch, bool due, CancellationToken cancel)
    {
        ScoredSplit? scored = due && _loader is not null ? Evaluator.Score(model, data.Scored!, _loader, null, cancel) : null;
        Last = scored?.Metrics;
        if (scored is not null)
        {
            ResultFiles.Write(folder, epoch, model.Labels, data.Scored!, scored);
        }
    }

    /// <summary>Notes the last epoch as the best one if it is.</summary>
    /// <returns>The state with it, or null where it is not better.</returns>
    internal TrainingState? Improved(TrainingState state)
    {
        if (Last is not { } last || last.Accuracy <= state.BestAccuracy)
        {
            return null;
        }

        Best = new ScoredEpoch(state.Epoch + 1, last);
        return state with { BestEpoch = Best.Epoch, BestAccuracy = last.Accuracy, BestMetrics = MetricsJson.Write(last) };
    }

    /// <summary>Scores the finished run on the split that it is reported on, where there is one.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal void AtEnd(CancellationToken cancel) => Test = data.Reported is null ? null : Evaluator.Evaluate(model, data.Reported, batch, null, cancel);
}
