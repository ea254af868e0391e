using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>What is noted of a completed epoch.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="LearningRate">Of its last update.</param>
/// <param name="TrainLoss">Mean over its pictures.</param>
/// <param name="TrainAccuracy">Share of its pictures that were right when they were trained on, or null where they are neither right nor wrong.</param>
/// <param name="Split">The split that it was scored on, or null where it was not scored.</param>
/// <param name="Metrics">Its score, or null.</param>
internal sealed record EpochRecord(int Epoch, double LearningRate, double TrainLoss, double? TrainAccuracy, string? Split, JsonObject? Metrics);

/// <summary>Clock readings of a run, over all its parts where it was resumed; they never stand beside results that must be equal from run to run.</summary>
/// <param name="Seconds">All of the run.</param>
/// <param name="TrainSeconds">Of these, training steps.</param>
/// <param name="ImagesPerSecond">Training pictures a second, evaluation not counted.</param>
/// <param name="PeakMemoryBytes">The process's high-water mark.</param>
internal sealed record RunClock(double Seconds, double TrainSeconds, double ImagesPerSecond, long PeakMemoryBytes);
