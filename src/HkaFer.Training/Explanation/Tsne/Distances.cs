using System.Numerics;

namespace HkaFer.Training;

/// <summary>Squared Euclidean distances between rows.</summary>
internal static class Distances
{
    /// <summary>The distances from one row to all.</summary>
    /// <param name="rows"><c>[into.Length, width]</c>.</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="from">The row.</param>
    /// <param name="into">Receives them; its own is zero.</param>
    internal static void From(ReadOnlySpan<float> rows, int width, int from, Span<float> into)
    {
        ReadOnlySpan<float> a = rows.Slice(from * width, width);
        for (int j = 0; j < into.Length; j++)
        {
            into[j] = Between(a, rows.Slice(j * width, width));
        }
    }

    /// <summary>
    /// Differences are squared, and not products subtracted: features of one network lie close together far from zero, where the shorter way
    /// through |a|^2 - 2 ab + |b|^2 would lose the digits that matter.
    /// </summary>
    private static float Between(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector<float> first = Vector<float>.Zero, second = Vector<float>.Zero;
        int i = 0, lanes = Vector<float>.Count;
        for (; i <= a.Length - (2 * lanes); i += 2 * lanes)
        {
            Vector<float> d = new Vector<float>(a[i..]) - new Vector<float>(b[i..]);
            Vector<float> e = new Vector<float>(a[(i + lanes)..]) - new Vector<float>(b[(i + lanes)..]);
            first += d * d;
            second += e * e;
        }

        float sum = Vector.Sum(first + second);
        for (; i < a.Length; i++)
        {
            float d = a[i] - b[i];
            sum += d * d;
        }

        return sum;
    }
}
