namespace HkaFer.Training;

/// <summary>A row of a <see cref="PictureGrid"/>.</summary>
/// <param name="Title">Lines on its left.</param>
/// <param name="Pictures">As PNG, one a column, or null where there is none.</param>
/// <param name="Captions">What stands below each, or nothing at all.</param>
internal sealed record PictureRow(string Title, IReadOnlyList<byte[]?> Pictures, IReadOnlyList<string?> Captions);
