namespace HkaFer.Training;

/// <summary>What came of a planned score.</summary>
/// <param name="Record">The score; null where it could not be had.</param>
/// <param name="Reason">Why it could not be had; null where it could.</param>
/// <param name="Trainable">Weights that its run trains, where known.</param>
public sealed record ScoreOutcome(ScoreRecord? Record, string? Reason, long? Trainable);
