namespace HkaFer.Training;

/// <summary>What came of a pre-training run.</summary>
public sealed record PretrainResult
{
    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The epoch with the least loss on held-out pictures and that loss, or null where none was scored.</summary>
    public (int Epoch, double Loss)? Best { get; init; }

    /// <summary>The loss on held-out pictures after the last epoch, or null where it was not scored.</summary>
    public double? Last { get; init; }

    /// <summary>Weights that were trained, those of the decoder included.</summary>
    public required long Trainable { get; init; }

    /// <summary>All weights.</summary>
    public required long Total { get; init; }

    /// <summary>Time spent, over all its parts where the run was resumed.</summary>
    public required double Seconds { get; init; }

    /// <summary>The process's high-water mark.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Training pictures a second, evaluation not counted.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Whether the run was cut off; it can be resumed.</summary>
    public bool Interrupted { get; init; }

    /// <summary>What could not be written beside the models, and how to make it again; null where nothing is missing.</summary>
    public string? Warning { get; init; }

    /// <summary>Epochs that are done.</summary>
    public int Epochs { get; init; }

    /// <summary>Of these, the ones that a resumed run had done before.</summary>
    public int EpochsBefore { get; init; }

    /// <summary>The encoder after the last epoch, for a recipe's <c>backbone</c>.</summary>
    public string Backbone => new RunFolder(Folder).Backbone("last");
}
