namespace HkaFer.Training;

/// <summary>How far a run is; told a few times a second at most.</summary>
/// <param name="Epoch">Epoch under way, from 1.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Step">Steps done in this epoch; pictures scored so far where <paramref name="Phase"/> is <c>evaluate</c>.</param>
/// <param name="Steps">Steps of this epoch; pictures of the split that is scored.</param>
/// <param name="Loss">Mean training loss of the epoch so far.</param>
/// <param name="Score">Training accuracy of the epoch so far, or the score just measured where <see cref="Split"/> names what was scored; null where examples are neither right nor wrong.</param>
/// <param name="ImagesPerSecond">Training rate.</param>
/// <param name="Remaining">Estimated time to the end.</param>
/// <param name="Phase"><c>train</c>, <c>evaluate</c> or <c>scored</c> (an epoch is complete).</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, int Step, int Steps, double Loss, double? Score, double ImagesPerSecond, TimeSpan Remaining, string Phase)
{
    /// <summary>The split whose pictures <see cref="Score"/> is of; null where it is of the training steps themselves.</summary>
    public string? Split { get; init; }

    /// <summary>What <see cref="Score"/> is: <c>accuracy</c>, or <c>loss</c>.</summary>
    public string Measure { get; init; } = "accuracy";
}
