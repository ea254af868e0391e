namespace HkaFer.Training;

/// <summary>What came of drawing a figure.</summary>
/// <param name="Files">Full paths.</param>
/// <param name="Notes">What is missing in them, and why.</param>
public sealed record FigureFiles(IReadOnlyList<string> Files, IReadOnlyList<string> Notes);
