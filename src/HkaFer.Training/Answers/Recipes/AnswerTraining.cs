namespace HkaFer.Training;

/// <summary>What the stages of a run have in common. AdamW without weight decay, cosine, one example at a time; the paper names none but the last.</summary>
public sealed record AnswerTraining
{
    /// <summary>Examples an update.</summary>
    public int Accumulate { get; init; } = 8;

    /// <summary>Share of a stage's updates in which the rate rises from zero.</summary>
    public double Warmup { get; init; } = 0.03;

    /// <summary>Of AdamW.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Bound on the global norm of the gradient; none where null.</summary>
    public double? Clip { get; init; } = 1;

    /// <summary>Share of a layer's inputs that an adapter does not see, drawn anew each step.</summary>
    public double Dropout { get; init; } = 0.05;

    /// <summary>Whether a step keeps one activation a block and computes the others again in the backward pass: less memory, more time, the same bits.</summary>
    public bool ActivationCheckpointing { get; init; } = true;

    /// <summary>Decides initial values, order and dropout: equal runs give equal bits.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Which epoch's model a stage reports, and the next one stands on.</summary>
    public ModelSelection Selection { get; init; } = ModelSelection.Last;

    /// <summary>Epochs from one evaluation to the next; the last epoch is always evaluated.</summary>
    public int EvalEvery { get; init; } = 1;

    /// <summary>Updates from one checkpoint to the next within an epoch; 0 for epoch ends only. Changes no result.</summary>
    public int SaveEvery { get; init; }
}
