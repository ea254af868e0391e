namespace HkaFer.Training;

/// <summary>All that scoring a split found.</summary>
/// <param name="Truth">The true class of each picture, an index into the model's labels.</param>
/// <param name="Probabilities"><c>[pictures, classes]</c>, row by row.</param>
/// <param name="Metrics">What they give.</param>
/// <param name="Routers">One an adapted layer; none without Kronecker adapters.</param>
internal sealed record ScoredSplit(int[] Truth, float[] Probabilities, EvaluationResult Metrics, IReadOnlyList<RouterWeights> Routers)
{
    /// <summary>What a model wrote of each picture, where it wrote and gave no probabilities: those above are then only its choice. Null else.</summary>
    internal IReadOnlyList<string>? Answers { get; init; }
}
