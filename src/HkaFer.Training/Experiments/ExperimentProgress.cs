namespace HkaFer.Training;

/// <summary>How far an experiment is.</summary>
/// <param name="Run">The run under way, from 1.</param>
/// <param name="Runs">Runs in all.</param>
/// <param name="Name">Its folder's name.</param>
/// <param name="Phase">What is done.</param>
/// <param name="Training">How far the training is, while it trains.</param>
/// <param name="Scored">Pictures scored, and of how many, while it is scored.</param>
/// <param name="Remaining">Estimated time to the end of all runs; null while nothing is known.</param>
/// <param name="Message">What went wrong, or who is waited for; else null.</param>
public sealed record ExperimentProgress(
    int Run, int Runs, string Name, ExperimentPhase Phase, TrainingProgress? Training = null, (int Done, int All)? Scored = null, TimeSpan? Remaining = null, string? Message = null);
