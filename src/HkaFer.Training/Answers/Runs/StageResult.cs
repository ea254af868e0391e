using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>What came of one stage. Scores are as <c>run.json</c> has them: the fields of <see cref="AnswerEvaluation.ToJson"/>, and the epoch where one is named.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Folder">Its folder, a run of its own.</param>
/// <param name="Status"><c>running</c>, <c>interrupted</c>, <c>failed</c> or <c>done</c>.</param>
public sealed record StageResult(string Name, string Folder, string Status)
{
    /// <summary>Epochs that are done.</summary>
    public int EpochsDone { get; init; }

    /// <summary>The best epoch with its number, or null where none was scored.</summary>
    public JsonObject? Best { get; init; }

    /// <summary>The last epoch, or null where it was not scored.</summary>
    public JsonObject? Last { get; init; }

    /// <summary>The score on the test split with the epoch's number, where that did not score the epochs.</summary>
    public JsonObject? Test { get; init; }

    /// <summary>What its scores do not say by themselves: that they flatter the model, or are of some of the sources only. Null where nothing is known.</summary>
    public string? Caution { get; init; }

    /// <summary>Tensors of the checkpoint that have no place in the model and were left out.</summary>
    public IReadOnlyList<string> LeftOver { get; init; } = [];

    /// <summary>Weights that it trained.</summary>
    public long Trainable { get; init; }

    /// <summary>All weights.</summary>
    public long Total { get; init; }

    /// <summary>Time that it took.</summary>
    public double Seconds { get; init; }

    /// <summary>Of it, in training steps.</summary>
    internal double TrainSeconds { get; init; }

    /// <summary>Pictures a second in training.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>High-water mark of memory.</summary>
    public long PeakMemoryBytes { get; init; }
}
