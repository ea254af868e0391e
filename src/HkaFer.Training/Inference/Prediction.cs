namespace HkaFer.Training;

/// <summary>What a model says of one picture.</summary>
/// <param name="Labels">Class names.</param>
/// <param name="Probabilities">One a class, in the same order; they sum to one.</param>
public sealed record Prediction(IReadOnlyList<string> Labels, IReadOnlyList<float> Probabilities)
{
    /// <summary>The most probable class.</summary>
    public string Label => Labels[Top];

    /// <summary>Its probability.</summary>
    public float Confidence => Probabilities[Top];

    private int Top => Greatest.Of<float>([.. Probabilities]);

    /// <summary><c>happiness 93.1 %</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Label} {100 * Confidence:F1} %");
}
