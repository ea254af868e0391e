namespace HkaFer.Training;

/// <summary>A file or a folder that a run no longer needs.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Run">The run that it is of.</param>
/// <param name="Why">Why it is not needed.</param>
/// <param name="Files">The run's files in it; nothing else is deleted.</param>
/// <param name="Bytes">What they take.</param>
public sealed record RunLeftover(string Path, string Run, string Why, IReadOnlyList<string> Files, long Bytes);
