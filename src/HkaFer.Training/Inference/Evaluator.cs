using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>Scores a model on a split.</summary>
public static class Evaluator
{
    /// <summary>Probabilities of all pictures, in their order, and the metrics they give.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The split; its classes are matched with the model's by name.</param>
    /// <param name="batchSize">Pictures at a time.</param>
    /// <param name="progress">Told the number of pictures done, after each batch and on the calling thread.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="HkaFerException">A class of the data is not among the model's.</exception>
    public static EvaluationResult Evaluate(
        ExpressionModel model, ImageDataset data, int batchSize = 32, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        return Evaluate(model, data, new BatchLoader(data, batchSize, model.Preprocessing, cacheBytes: 0), progress, cancel);
    }

    internal static EvaluationResult Evaluate(
        ExpressionModel model, ImageDataset data, BatchLoader loader, IProgress<int>? progress, CancellationToken cancel) =>
        Score(model, data, loader, progress, cancel).Metrics;

    internal static ScoredSplit Score(
        ExpressionModel model, ImageDataset data, BatchLoader loader, IProgress<int>? progress, CancellationToken cancel)
    {
        int[] labels = [.. data.Classes.Select(name => LabelOf(model.Labels, data, name))];
        int classes = model.Labels.Count, done = 0;
        var probabilities = new float[checked(data.Count * classes)];
        var truth = new int[data.Count];
        var routers = new RouterProbe(model.Adapter, classes);
        foreach (Batch batch in loader.InOrder(cancel))
        {
            for (int i = 0; i < batch.Count; i++)
            {
                truth[done + i] = labels[batch.Labels[i]];
            }

            using (routers.Next(truth.AsSpan(done, batch.Count)))
            {
                model.Probabilities(batch.Pixels, batch.Count).CopyTo(probabilities.AsSpan(done * classes));
            }

            done += batch.Count;
            progress?.Report(done);
        }

        return new ScoredSplit(truth, probabilities, Metrics.Compute(model.Labels, truth, probabilities), routers.Weights());
    }

    internal static int LabelOf(IReadOnlyList<string> labels, ImageDataset data, string name)
    {
        for (int i = 0; i < labels.Count; i++)
        {
            if (labels[i] == name)
            {
                return i;
            }
        }

        throw new HkaFerException(
            $"eval: class '{name}' of {data.Kind} is not among the model's ({string.Join(", ", labels)}); evaluate on data with the same classes");
    }
}
