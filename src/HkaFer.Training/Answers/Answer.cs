namespace HkaFer.Training;

/// <summary>What a vision-language model says of one picture.</summary>
/// <param name="Text">What it wrote; where classes were scored, the answer of the likeliest.</param>
/// <param name="Label">The class, or null where the text names none.</param>
/// <param name="Form">How the class was found.</param>
/// <param name="Problem">Why no class was found, or null.</param>
public sealed record Answer(string Text, string? Label, AnswerForm Form, string? Problem = null)
{
    /// <summary>
    /// Where classes were scored, a softmax over their mean log-likelihoods, in the order of the labels: it ranks them, and is no more a frequency of being
    /// right than any uncalibrated probability. Else null.
    /// </summary>
    public IReadOnlyList<float>? Probabilities { get; init; }

    /// <summary>The label, or that there is none.</summary>
    public override string ToString() => Label ?? $"(unparsed: {Text})";
}
