using HkaFer.Data;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Cross-entropy of a batch with hard labels, distributions, or classes of which any is right; smoothed and weighted as PyTorch does.</summary>
/// <param name="labelSmoothing">Share of the target that is spread over all classes.</param>
/// <param name="classWeights">One weight a class, or none.</param>
internal sealed class TrainingLoss(double labelSmoothing, double[] classWeights)
{
    /// <summary>The mean loss, and what the mean was divided by: the batches of one update are put together in that proportion.</summary>
    /// <param name="logits"><c>[count, classes]</c>.</param>
    /// <param name="batch">Labels of as many pictures.</param>
    internal (Tensor Loss, double Weight) Of(Tensor logits, Batch batch)
    {
        if (batch.Targets is { } targets && !batch.IsAnyOf)
        {
            double[] shares = Array.ConvertAll(targets[..(batch.Count * batch.Classes)], share => (double)share);
            return (Ops.CrossEntropySoft(logits, shares, labelSmoothing, classWeights), batch.Count);
        }

        int[] labels = batch.Targets is { } any ? MostProbable(logits, any, batch) : batch.Labels[..batch.Count];
        double weight = classWeights.Length == 0 ? batch.Count : labels.Sum(label => classWeights[label]);
        return (Ops.CrossEntropy(logits, labels, labelSmoothing, classWeights), weight);
    }

    // -log max over the right classes of their probability (Barsoum et al. 2016): the loss of the one with the largest logit. Their code gives wrong
    // classes a thousandth instead of nothing to keep the logarithm finite, which that of the softmax is anyway.
    private static int[] MostProbable(Tensor logits, float[] right, Batch batch)
    {
        float[] values = logits.ToFloats();
        var labels = new int[batch.Count];
        for (int row = 0; row < labels.Length; row++)
        {
            int at = row * batch.Classes, best = -1;
            for (int c = 0; c < batch.Classes; c++)
            {
                best = right[at + c] > 0 && (best < 0 || values[at + c] > values[at + best]) ? c : best;
            }

            labels[row] = best;
        }

        return labels;
    }
}
