using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>A line of predictions: what a model says of one input, or why it says nothing.</summary>
/// <param name="Path">The input.</param>
/// <param name="Problem">Why it could not be read, or null.</param>
internal sealed record PredictionRow(string Path, string? Problem)
{
    /// <summary>The class; null where there is a problem, or no class was found in an answer.</summary>
    public string? Label { get; private init; }

    /// <summary>Probability of the class; null where none was computed.</summary>
    public float? Confidence { get; private init; }

    /// <summary>One probability a class; null where none were computed.</summary>
    public IReadOnlyList<float>? Probabilities { get; private init; }

    /// <summary>What a vision-language model wrote; null for other models.</summary>
    public string? Answer { get; private init; }

    public static PredictionRow Of(Predicted<Prediction> item) => new(item.Path, item.Problem)
    {
        Label = item.Answer?.Label,
        Confidence = item.Answer?.Confidence,
        Probabilities = item.Answer?.Probabilities,
    };

    public static PredictionRow Of(Predicted<Answer> item) => new(item.Path, item.Problem)
    {
        Label = item.Answer?.Label,
        Confidence = item.Answer?.Probabilities?.Max(),
        Probabilities = item.Answer?.Probabilities,
        Answer = item.Answer?.Text,
    };
}
