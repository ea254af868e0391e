namespace HkaFer.Data;

/// <summary>A picture in a report.</summary>
/// <param name="Path">Its file, or its name in the data set.</param>
/// <param name="Split">The split that it is in.</param>
/// <param name="Label">The name of its class.</param>
public readonly record struct LabelledPicture(string Path, string Split, string Label);
