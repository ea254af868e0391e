using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>What an epoch scored.</summary>
/// <param name="Value">The number that is told, and that epochs are compared by.</param>
/// <param name="Metrics">All that is measured, as <c>run.json</c> and <c>metrics.jsonl</c> have it.</param>
/// <param name="LessIsBetter">Whether the best epoch has the least.</param>
internal sealed record EpochScore(double Value, JsonObject Metrics, bool LessIsBetter = false)
{
    /// <summary>Higher for a better epoch.</summary>
    internal double Merit => LessIsBetter ? -Value : Value;
}

/// <summary>An epoch and its metrics.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Metrics">As <see cref="EpochScore.Metrics"/>.</param>
internal sealed record EpochMetrics(int Epoch, JsonObject Metrics);
