namespace HkaFer.Training;

/// <summary>An answer that could not be counted for any class of the data.</summary>
/// <param name="Path">The picture.</param>
/// <param name="Answer">What the model wrote.</param>
/// <param name="Problem">Why it counts for none.</param>
public sealed record AnswerExample(string Path, string Answer, string Problem);
