using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>An update rule and its numbers.</summary>
public abstract record OptimizerSettings
{
    private protected OptimizerSettings() { }

    /// <summary>Step size before the schedule.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Weight decay: added to the gradient as L2, by AdamW taken from the weight itself.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>
    /// Factor on the learning rate from each block of the backbone to the one below (see <see cref="LayerDecay"/>), when all of it is trained; 1 for none.
    /// </summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>The optimizer of some parameters.</summary>
    /// <param name="parameters">What to train; the frozen ones among them are left out.</param>
    /// <param name="multiplier">Factor on the rate of each parameter; 1 without.</param>
    /// <exception cref="HkaFerException">Nothing is trainable, or a number is out of range.</exception>
    public abstract Optimizer Create(IReadOnlyList<Parameter> parameters, Func<Parameter, double>? multiplier = null);
}
