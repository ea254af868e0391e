using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>What came of one picture: a prediction, or what is wrong with it.</summary>
internal sealed record Predicted(string Path, Prediction? Prediction, string? Problem);
