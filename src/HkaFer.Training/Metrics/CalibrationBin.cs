namespace HkaFer.Training;

/// <summary>The predictions whose top probability lies in one of the equal bins of the calibration error. What would divide by zero is null.</summary>
/// <param name="Count">Predictions in the bin.</param>
/// <param name="Confidence">Mean of their top probabilities; null where there are none.</param>
/// <param name="Accuracy">Share of them that are right; null where there are none.</param>
public sealed record CalibrationBin(long Count, double? Confidence, double? Accuracy);
