using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Fixed positions of a grid (Vaswani et al. 2017, in two dimensions as in He et al. 2022): a half of the channels for the column, a half for the row.</summary>
internal static class SineCosinePositions
{
    /// <summary>The longest wave over the shortest.</summary>
    private const double Longest = 10_000;

    /// <summary>Positions of a class token, which are zero, and of a grid.</summary>
    /// <param name="rows">Patches from top to bottom.</param>
    /// <param name="columns">Patches from left to right.</param>
    /// <param name="width">Channels; a multiple of 4.</param>
    /// <returns><c>[1, 1 + rows * columns, width]</c>, kept.</returns>
    /// <exception cref="HkaFerException">The width is no multiple of 4.</exception>
    internal static Tensor Of(int rows, int columns, int width)
    {
        if (width % 4 != 0)
        {
            throw new HkaFerException($"positions: width {width} is no multiple of 4, of which sines and cosines of row and column take a quarter each; choose one that is");
        }

        int quarter = width / 4;
        var values = new float[(1 + (rows * columns)) * width];
        for (int p = 0; p < rows * columns; p++)
        {
            Span<float> at = values.AsSpan((1 + p) * width, width);
            for (int k = 0; k < quarter; k++)
            {
                double frequency = Math.Pow(Longest, -(double)k / quarter);
                (double sine, double cosine) = Math.SinCos(p % columns * frequency);
                (at[k], at[quarter + k]) = ((float)sine, (float)cosine);
                (sine, cosine) = Math.SinCos(p / columns * frequency);
                (at[(2 * quarter) + k], at[(3 * quarter) + k]) = ((float)sine, (float)cosine);
            }
        }

        return Tensor.From<float>(values, [1, 1 + (rows * columns), width]).Keep();
    }
}
