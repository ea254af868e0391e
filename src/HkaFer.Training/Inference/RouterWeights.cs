namespace HkaFer.Training;

/// <summary>What the router of one adapted layer does with the pictures of a split.</summary>
/// <param name="Layer">The adapted layer's path.</param>
/// <param name="Router"><c>sum</c>, <c>sb</c>, <c>rb</c> or <c>dbir</c>.</param>
/// <param name="Lambda">The learned share of the spatial branch, or null with another router than DBIR.</param>
/// <param name="Mean">Mean weight of each adapter over all tokens of all pictures; the weights of a token sum to one, but for router sum, where each is one.</param>
/// <param name="PerClass">The same over the pictures of each class, in the labels' order; null for a class without a picture.</param>
internal sealed record RouterWeights(
    string Layer, string Router, double? Lambda, IReadOnlyList<double> Mean, IReadOnlyList<IReadOnlyList<double>?> PerClass);
