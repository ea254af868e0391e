using Microsoft.Extensions.Logging;

namespace HkaFer.Training;

/// <summary>What a run tells a log. The numbers of every step go to <see cref="IProgress{T}"/>, all metrics into the run's folder.</summary>
internal static partial class RunLog
{
    [LoggerMessage(1, LogLevel.Information,
        "run {Folder}: {Method}, {Examples} pictures, {Trainable} of {Total} weights trained, from epoch {Epoch} step {Step} on")]
    internal static partial void Start(
        ILogger log, string folder, string method, int examples, long trainable, long total, int epoch, int step);

    [LoggerMessage(2, LogLevel.Information, "epoch {Epoch} of {Epochs}: loss {Loss}, training accuracy {TrainAccuracy}, score {Score}")]
    internal static partial void Epoch(ILogger log, int epoch, int epochs, double loss, double? trainAccuracy, double? score);

    [LoggerMessage(6, LogLevel.Information, "before training: accuracy {Accuracy} on {Split}, by texts alone")]
    internal static partial void ZeroShot(ILogger log, double? accuracy, string? split);

    [LoggerMessage(3, LogLevel.Information, "run {Folder}: {Epochs} epochs done in {Seconds} s")]
    internal static partial void Done(ILogger log, string folder, int epochs, double seconds);

    [LoggerMessage(4, LogLevel.Warning, "run {Folder}: stopped in epoch {Epoch} after step {Step}; what was reached is saved and can be resumed")]
    internal static partial void Interrupted(ILogger log, string folder, int epoch, int step);

    [LoggerMessage(5, LogLevel.Warning, "run {Folder}: {Problem}")]
    internal static partial void Incomplete(ILogger log, string folder, string problem);
}
