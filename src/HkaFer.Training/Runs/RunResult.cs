namespace HkaFer.Training;

/// <summary>What came of a run.</summary>
public sealed record RunResult
{
    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>What CLIP scored with its texts alone before training, on the split that selects; null on other backbones.</summary>
    public EvaluationResult? ZeroShot { get; init; }

    /// <summary>The epoch with the highest accuracy on the split that selects, or null where none was scored.</summary>
    public ScoredEpoch? Best { get; init; }

    /// <summary>Score of the last epoch, or null where it was not scored.</summary>
    public EvaluationResult? Last { get; init; }

    /// <summary>
    /// The epoch that the run reports (the last, or the best where <see cref="TrainingSettings.Selection"/> says so), scored once at the end on the test split;
    /// null where the run has none beside the split that selects.
    /// </summary>
    public ScoredEpoch? Test { get; init; }

    /// <summary>Weights that were trained, head included.</summary>
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

    /// <summary>Why it ended before its last epoch (<see cref="TrainingSettings.Patience"/>), or null.</summary>
    public string? StoppedEarly { get; init; }

    /// <summary>Why the scores flatter the model; null where nothing is known to.</summary>
    public string? Caution { get; init; }

    /// <summary>What could not be written beside the models, and how to make it again; null where nothing is missing.</summary>
    public string? Warning { get; init; }

    /// <summary>Tensors of the backbone's checkpoint that have no place in the model and were left out.</summary>
    public IReadOnlyList<string> LeftOver { get; init; } = [];

    /// <summary>Epochs that are done.</summary>
    public int Epochs { get; init; }

    /// <summary>Of these, the ones that a resumed run had done before; where it is all of them, nothing was left to train.</summary>
    public int EpochsBefore { get; init; }
}

/// <summary>An epoch and its score.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Metrics">On the split that selects, or on the test split.</param>
public sealed record ScoredEpoch(int Epoch, EvaluationResult Metrics);
