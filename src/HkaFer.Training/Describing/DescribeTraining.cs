namespace HkaFer.Training;

/// <summary>Length and course: AdamW, a cosine to zero, everything trained.</summary>
public sealed record DescribeTraining
{
    /// <summary>Passes, each over other faces.</summary>
    public int Epochs { get; init; } = 8;

    /// <summary>
    /// The first of them in which the vision tower alone learns, to tell from the mean of its tokens what each part looks like (a linear layer, dropped at the end). In the
    /// others the whole model learns descriptions, with that loss beside.
    /// </summary>
    public int PartsEpochs { get; init; } = 4;

    /// <summary>Faces an update.</summary>
    public int Accumulate { get; init; } = 16;

    /// <summary>Of AdamW.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Of AdamW.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Bound on the global norm of the gradient; none where null.</summary>
    public double? Clip { get; init; } = 1;

    /// <summary>Decides initial values.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Updates from one checkpoint to the next within an epoch.</summary>
    public int SaveEvery { get; init; } = 200;
}
