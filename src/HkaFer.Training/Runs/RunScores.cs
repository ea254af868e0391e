using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>The scores of a run: before training where classes are texts, of each epoch that is due, and of the finished run on the test split.</summary>
/// <param name="model">The model; scored as it is at that moment.</param>
/// <param name="data">The splits.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="training">Batch size, and which epoch the run reports.</param>
internal sealed class RunScores(ExpressionModel model, RunData data, RunFolder folder, TrainingSettings training)
{
    private readonly BatchLoader? _loader = data.Scored is null ? null : new BatchLoader(data.Scored, training.EvalBatch, model.Preprocessing);

    /// <summary>What CLIP scored with its texts alone, before the first step.</summary>
    internal EvaluationResult? ZeroShot { get; private set; }

    /// <summary>The best epoch.</summary>
    internal ScoredEpoch? Best { get; private set; }

    /// <summary>The last epoch; null where it was not due.</summary>
    internal EvaluationResult? Last { get; private set; }

    /// <summary>The epoch that the finished run reports, on the test split, where that did not score its epochs.</summary>
    internal ScoredEpoch? Test { get; private set; }

    /// <summary>Takes up the scores of a run that goes on.</summary>
    /// <param name="state">The checkpoint.</param>
    /// <param name="test">Score on the test split, where the run was done.</param>
    internal void Restore(TrainingState state, ScoredEpoch? test)
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
    internal void Epoch(int epoch, bool due, IProgress<(int Done, int All)> progress, CancellationToken cancel)
    {
        ScoredSplit? scored = due && _loader is not null ? Evaluator.Score(model, data.Scored!, _loader, Of(data.Scored!, progress), cancel) : null;
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

    /// <summary>Scores the model that the finished run reports, its last or its best, on the split that it is reported on, where there is one.</summary>
    /// <param name="epoch">The last epoch.</param>
    /// <param name="progress">Told how many pictures are done.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal void AtEnd(int epoch, IProgress<(int Done, int All)> progress, CancellationToken cancel)
    {
        if (data.Reported is not { } split)
        {
            return;
        }

        bool earlier = training.Selection == ModelSelection.Best && Best is { } best && best.Epoch != epoch;
        ExpressionModel reported = earlier ? ExpressionModel.Load(folder.Best) : model;
        Test = new ScoredEpoch(earlier ? Best!.Epoch : epoch, Evaluator.Evaluate(reported, split, training.EvalBatch, Of(split, progress), cancel));
    }

    private static DirectProgress<int> Of(ImageDataset split, IProgress<(int Done, int All)> progress) => new(done => progress.Report((done, split.Count)));
}
