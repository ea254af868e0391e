namespace HkaFer.Data;

/// <summary>A picture as rows of normalised patches.</summary>
/// <param name="Values"><c>[patches, channels * frames * patch * patch]</c>, block after block, row by row in each.</param>
/// <param name="Rows">Patches from top to bottom.</param>
/// <param name="Columns">Patches from left to right.</param>
public sealed record PatchedImage(float[] Values, int Rows, int Columns)
{
    /// <summary>Number of patches.</summary>
    public int Patches => Rows * Columns;
}
