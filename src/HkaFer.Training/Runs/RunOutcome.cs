using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>What came of a run, whatever it trained.</summary>
internal sealed record RunOutcome
{
    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Metrics before training, where the task has any.</summary>
    public JsonObject? Untrained { get; init; }

    /// <summary>The best epoch, or null where none was scored.</summary>
    public EpochMetrics? Best { get; init; }

    /// <summary>Metrics of the last epoch, or null where it was not scored.</summary>
    public JsonObject? Last { get; init; }

    /// <summary>The epoch that the run reports, on the split that has scored no epoch; null where there is none.</summary>
    public EpochMetrics? Test { get; init; }

    /// <summary>Weights that were trained.</summary>
    public required long Trainable { get; init; }

    /// <summary>All weights.</summary>
    public required long Total { get; init; }

    /// <summary>Time and memory.</summary>
    public required RunClock Clock { get; init; }

    /// <summary>Whether the run was cut off; it can be resumed.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Why it ended before its last epoch, or null.</summary>
    public string? StoppedEarly { get; init; }

    /// <summary>What could not be written beside the models, and how to make it again; null where nothing is missing.</summary>
    public string? Warning { get; init; }

    /// <summary>Epochs that are done.</summary>
    public int Epochs { get; init; }

    /// <summary>Of these, the ones that a resumed run had done before.</summary>
    public int EpochsBefore { get; init; }
}
