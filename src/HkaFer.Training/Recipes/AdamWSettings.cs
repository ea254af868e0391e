using HkaFer.Models;

namespace HkaFer.Training;

/// <summary><see cref="AdamW"/>.</summary>
public sealed record AdamWSettings : AdamSettings
{
    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<Parameter> parameters, Func<Parameter, double>? multiplier = null) =>
        new AdamW(parameters, LearningRate, Beta1, Beta2, Epsilon, WeightDecay, multiplier);
}
