namespace HkaFer.Training;

/// <summary>How far a planned run is.</summary>
/// <param name="State">Whether it has begun, or is done.</param>
/// <param name="Trainable">Weights that it trains, as it says itself.</param>
/// <param name="Seconds">Time spent on it so far.</param>
public sealed record RunStanding(RunState State, long? Trainable = null, double? Seconds = null);
