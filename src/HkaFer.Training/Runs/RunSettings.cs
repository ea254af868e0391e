namespace HkaFer.Training;

/// <summary>What the course of a run needs of a recipe.</summary>
internal sealed record RunSettings
{
    public required int Epochs { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Batches an update.</summary>
    public int Accumulate { get; init; } = 1;

    public required double LearningRate { get; init; }

    public required Schedule Schedule { get; init; }

    /// <summary>Bound on the global gradient norm, or none.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Decay of the moving average of the weights, or none.</summary>
    public double? Ema { get; init; }

    /// <summary>Which epoch's model the run reports.</summary>
    public ModelSelection Selection { get; init; }

    /// <summary>Epochs without a better score after which it ends; never where not given.</summary>
    public int? Patience { get; init; }

    /// <summary>Epochs from one evaluation to the next.</summary>
    public int EvalEvery { get; init; } = 1;

    /// <summary>Decides what adapters with dropout leave out.</summary>
    public ulong Seed { get; init; }

    /// <summary>Updates from one checkpoint to the next within an epoch; 0 for epoch ends only.</summary>
    public int SaveEvery { get; init; }

    /// <summary>The settings of a recipe.</summary>
    internal static RunSettings Of(TrainingSettings training, OptimizerSettings optimizer, Schedule schedule) => new()
    {
        Epochs = training.Epochs,
        BatchSize = training.Batch,
        Accumulate = training.Accumulate,
        LearningRate = optimizer.LearningRate,
        Schedule = schedule,
        ClipNorm = training.Clip,
        Ema = training.Ema,
        Selection = training.Selection,
        Patience = training.Patience,
        EvalEvery = training.EvalEvery,
        SaveEvery = training.SaveEvery,
        Seed = training.Seed,
    };
}
