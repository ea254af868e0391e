using HkaFer.Models;

namespace HkaFer.Training;

/// <summary><see cref="Adam"/>, the paper's.</summary>
public record AdamSettings : OptimizerSettings
{
    /// <summary>Decay of the mean of the gradient.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of the squared gradient.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<Parameter> parameters, Func<Parameter, double>? multiplier = null) =>
        new Adam(parameters, LearningRate, Beta1, Beta2, Epsilon, WeightDecay, multiplier);
}
