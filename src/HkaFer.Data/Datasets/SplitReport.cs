namespace HkaFer.Data;

/// <summary>What a split holds.</summary>
/// <param name="Count">Pictures.</param>
/// <param name="Classes">Pictures of each class, in label order.</param>
public sealed record SplitReport(int Count, IReadOnlyDictionary<string, int> Classes);
