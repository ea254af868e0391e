namespace HkaFer.Tensors;

/// <summary>-sum targets * log softmax(logits): cross-entropy in one form for hard, smoothed, weighted and soft targets.</summary>
internal sealed class CrossEntropyOp(Tensor logits, Tensor targets) : Operation
{
    private Tensor? _probabilities;

    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { logits };

    internal Tensor Apply() => Apply([]);

    internal override void Forward(Device d)
    {
        _probabilities = Tensor.Empty(logits.Shape, logits.DType, d);
        d.CrossEntropy(logits, targets, Y, _probabilities);
    }

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(logits)) { d.CrossEntropyBackward(_probabilities!, targets, g[Y], g.Into(logits)); }
    }
}

public static partial class Ops
{
    /// <summary>Mean cross-entropy of class labels, as PyTorch defines it (with class weights the mean is weighted by them).</summary>
    /// <param name="logits"><c>[batch, classes]</c>.</param>
    /// <param name="labels">One class an image.</param>
    /// <param name="labelSmoothing">Share of the target spread evenly over the classes, 0 to 1.</param>
    /// <param name="classWeights">One weight a class, or none.</param>
    /// <exception cref="HkaFerException">A label is not a class, or counts differ.</exception>
    public static Tensor CrossEntropy(
        Tensor logits, ReadOnlySpan<int> labels, double labelSmoothing = 0, ReadOnlySpan<double> classWeights = default)
    {
        Guard.Rank("cross-entropy", "logits", logits, 2);
        int classes = logits.Shape[1];
        Guard.That(labels.Length == logits.Shape[0], $"cross-entropy: {logits.Shape[0]} rows of logits, {labels.Length} labels");
        Guard.That(
            classWeights.IsEmpty || classWeights.Length == classes,
            $"cross-entropy: {classes} classes, {classWeights.Length} class weights");
        var targets = new double[logits.Count];
        double total = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            int label = labels[i];
            Guard.That(label >= 0 && label < classes, $"cross-entropy: label {label} of row {i} is not a class; expected 0 to {classes - 1}");
            total += classWeights.IsEmpty ? 1 : classWeights[label];
            for (int c = 0; c < classes; c++)
            {
                double share = (labelSmoothing / classes) + (c == label ? 1 - labelSmoothing : 0);
                targets[(i * classes) + c] = share * (classWeights.IsEmpty ? 1 : classWeights[c]);
            }
        }

        return CrossEntropy(logits, targets, total);
    }

    /// <summary>Mean cross-entropy of soft labels; as in PyTorch the mean is over the rows, whatever the class weights.</summary>
    /// <param name="logits"><c>[batch, classes]</c>.</param>
    /// <param name="probabilities"><c>[batch * classes]</c>, row by row; each row sums to one.</param>
    /// <param name="labelSmoothing">Share of the target spread evenly over the classes.</param>
    /// <param name="classWeights">One weight a class, or none.</param>
    /// <exception cref="HkaFerException">Counts differ.</exception>
    public static Tensor CrossEntropySoft(
        Tensor logits, ReadOnlySpan<double> probabilities, double labelSmoothing = 0, ReadOnlySpan<double> classWeights = default)
    {
        Guard.Rank("cross-entropy", "logits", logits, 2);
        int classes = logits.Shape[1];
        Guard.That(probabilities.Length == logits.Count, $"cross-entropy: {logits.Shape} logits, {probabilities.Length} soft labels");
        Guard.That(
            classWeights.IsEmpty || classWeights.Length == classes,
            $"cross-entropy: {classes} classes, {classWeights.Length} class weights");
        double[] targets = probabilities.ToArray();
        for (int i = 0; i < targets.Length; i++)
        {
            double share = ((1 - labelSmoothing) * targets[i]) + (labelSmoothing / classes);
            targets[i] = share * (classWeights.IsEmpty ? 1 : classWeights[i % classes]);
        }

        return CrossEntropy(logits, targets, logits.Shape[0]);
    }

    private static Tensor CrossEntropy(Tensor logits, double[] targets, double total)
    {
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] /= total;
        }

        Tensor staged = Tensor.From<double>(targets, logits.Shape, logits.Device).To(logits.DType);
        return new CrossEntropyOp(logits.Contiguous(), staged).Apply();
    }
}
