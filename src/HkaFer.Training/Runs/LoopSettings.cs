using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>What the loop needs of a recipe.</summary>
internal sealed record LoopSettings
{
    public required int Epochs { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Batches an update.</summary>
    public int Accumulate { get; init; } = 1;

    public required double LearningRate { get; init; }

    public required Schedule Schedule { get; init; }

    public required ulong Seed { get; init; }

    public Sampling Sampling { get; init; }

    public Augmentation? Augmentation { get; init; }

    public double LabelSmoothing { get; init; }

    /// <summary>One weight a class, or none.</summary>
    public double[] ClassWeights { get; init; } = [];

    /// <summary>Bound on the global gradient norm, or none.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Decay of the moving average of the weights, or none.</summary>
    public double? Ema { get; init; }

    /// <summary>The settings of a recipe for some data.</summary>
    /// <exception cref="HkaFerException">The recipe asks for what the data does not have.</exception>
    internal static LoopSettings Of(Recipe recipe, RunData data)
    {
        TrainingSettings training = recipe.Training;
        if (recipe.Data.Sampling == Sampling.Balanced)
        {
            Training.ClassWeights.EveryClassOf(data.Train, "data.sampling: balanced");
        }

        if (data.Scored is null && (training.Patience is not null || training.Selection == ModelSelection.Best))
        {
            string what = training.Patience is null ? "training.selection: best" : "training.patience";
            throw new HkaFerException(
                $"{what} needs a split that scores the epochs; {recipe.Data.Train} has no valid and no test: name one under data.valid, or turn it off");
        }

        return new LoopSettings
        {
            Epochs = training.Epochs,
            BatchSize = training.Batch,
            Accumulate = training.Accumulate,
            LearningRate = recipe.Optimizer.LearningRate,
            Schedule = recipe.Schedule,
            Seed = training.Seed,
            Sampling = recipe.Data.Sampling,
            Augmentation = recipe.Augmentation,
            LabelSmoothing = training.LabelSmoothing,
            ClassWeights = training.ClassWeights.For(data.Train),
            ClipNorm = training.Clip,
            Ema = training.Ema,
        };
    }
}
