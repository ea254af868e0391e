namespace HkaFer.Training;

/// <summary>What a model said of one picture.</summary>
/// <param name="Path">The picture.</param>
/// <param name="Truth">Its class.</param>
/// <param name="Label">What the model took it for; null where its answer was none.</param>
public sealed record ScoredPicture(string Path, string Truth, string? Label)
{
    /// <summary>Whether that is right.</summary>
    public bool IsRight => Label == Truth;
}
