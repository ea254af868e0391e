namespace HkaFer.Data;

/// <summary>One labelled picture of a data set.</summary>
/// <param name="Path">The file, or for pictures without a file of their own a name that tells which one it is.</param>
/// <param name="Label">Index into the data set's <see cref="ImageDataset.Classes"/>.</param>
public readonly record struct Sample(string Path, int Label);
