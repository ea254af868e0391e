namespace HkaFer.Training;

/// <summary>A picture that an experiment shows of a run, such as its features in a plane.</summary>
/// <param name="Title">What it shows; its file is named after it.</param>
/// <param name="Score">What makes it: see <see cref="ScoreRecord.Drawing"/>.</param>
public sealed record ExperimentDrawing(string Title, PlannedScore Score);
