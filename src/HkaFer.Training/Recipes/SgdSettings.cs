using HkaFer.Models;

namespace HkaFer.Training;

/// <summary><see cref="Sgd"/>.</summary>
public sealed record SgdSettings : OptimizerSettings
{
    /// <summary>Decay of the velocity; 0 keeps none.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Takes the gradient one step ahead; needs momentum.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<Parameter> parameters, Func<Parameter, double>? multiplier = null) =>
        new Sgd(parameters, LearningRate, Momentum, Nesterov, WeightDecay, multiplier);
}
