using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>An image as the vision tower reads it.</summary>
/// <param name="Patches">
/// <c>[rows * columns, channels * frames * patch * patch]</c>, normalised, block after block of merge x merge patches, row by row in each block.
/// </param>
/// <param name="Rows">Patches from top to bottom.</param>
/// <param name="Columns">Patches from left to right.</param>
public sealed record QwenImage(Tensor Patches, int Rows, int Columns)
{
    /// <summary>An image from its values.</summary>
    public static QwenImage From(float[] patches, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(patches);
        return rows > 0 && columns > 0 && (long)rows * columns <= patches.Length && patches.Length % ((long)rows * columns) == 0
            ? new QwenImage(Tensor.From(patches, [rows * columns, patches.Length / (rows * columns)]), rows, columns)
            : throw new HkaFerException($"qwen-vl: {patches.Length} values do not make {rows} x {columns} patches");
    }

    /// <summary>Number of visual tokens: one for each block of <paramref name="merge"/> x <paramref name="merge"/> patches.</summary>
    public int Tokens(int merge) => Rows / merge * (Columns / merge);
}
