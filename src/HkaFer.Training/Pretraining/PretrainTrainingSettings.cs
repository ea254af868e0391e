namespace HkaFer.Training;

/// <summary>The length and the course of a pre-training run.</summary>
public sealed record PretrainTrainingSettings
{
    /// <summary>Passes over the pictures.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>Pictures at a time.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>Batches an update.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Bound on the global norm of the gradient; none where not given.</summary>
    public double? Clip { get; init; }

    /// <summary>Decay of a moving average of the weights, which is then what is scored and saved; none where not given.</summary>
    public double? Ema { get; init; }

    /// <summary>Whether a step keeps one activation a block and computes the others again: less memory, more time, the same bits.</summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Decides initial values, order, augmentation, masks and which pictures are held out: equal runs give equal bits.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Epochs from one evaluation to the next; the last epoch is always evaluated.</summary>
    public int EvalEvery { get; init; } = 1;

    /// <summary>Updates from one checkpoint to the next within an epoch; 0 for epoch ends only. Changes no result.</summary>
    public int SaveEvery { get; init; }

    /// <summary>Pictures at a time in evaluation; changes speed and memory only.</summary>
    public int EvalBatch { get; init; } = 64;
}
