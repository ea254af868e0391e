namespace HkaFer.Data;

/// <summary>The soft labels of a split.</summary>
/// <param name="Use">What training does with them.</param>
/// <param name="Shares">For each picture one share a class, which sum to one.</param>
internal sealed record SoftLabels(SoftLabelUse Use, IReadOnlyList<float[]> Shares);
