namespace HkaFer.Training;

/// <summary>The length and the course of a run.</summary>
public sealed record TrainingSettings
{
    /// <summary>Passes over the training data.</summary>
    public int Epochs { get; init; } = 60;

    /// <summary>Pictures at a time.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>Batches an update: its gradient is that of all their pictures together, in the memory of one batch.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Share of the target that is spread over all classes.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>How much the loss of each class counts.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;

    /// <summary>Bound on the global norm of the gradient; none where not given.</summary>
    public double? Clip { get; init; }

    /// <summary>Decay of a moving average of the trained weights, which is then what is scored and saved; none where not given.</summary>
    public double? Ema { get; init; }

    /// <summary>
    /// Whether a step keeps one activation a block and computes the others again in the backward pass: less memory, more time, the same bits.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Decides initial values, order, augmentation, mixing and drawn labels: equal runs give equal bits.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Which epoch's model a run reports.</summary>
    public ModelSelection Selection { get; init; } = ModelSelection.Last;

    /// <summary>Epochs without a better score after which the run ends; never where not given.</summary>
    public int? Patience { get; init; }

    /// <summary>Epochs from one evaluation to the next; the last epoch is always evaluated.</summary>
    public int EvalEvery { get; init; } = 1;

    /// <summary>Updates from one checkpoint to the next within an epoch, so that a long epoch is not lost; 0 for epoch ends only. Changes no result.</summary>
    public int SaveEvery { get; init; }

    /// <summary>
    /// Pictures at a time in evaluation; changes speed and memory only. Eight of a ViT-S at 224 pixels fill the kernels; 32 would double the memory of a whole
    /// run. Small models at small pictures want a hundred.
    /// </summary>
    public int EvalBatch { get; init; } = 8;
}
