namespace HkaFer.Training;

/// <summary>How one class did. What would divide by zero is null.</summary>
/// <param name="Name">The class.</param>
/// <param name="Support">Samples of it in the truth.</param>
/// <param name="Recall">Of its samples, the share that was predicted so; null where it has none.</param>
/// <param name="Precision">Of the predictions of it, the share that was right; null where there were none.</param>
/// <param name="F1">2 TP / (2 TP + FP + FN); null where it is neither in the truth nor predicted.</param>
public sealed record ClassMetrics(string Name, long Support, double? Recall, double? Precision, double? F1);
