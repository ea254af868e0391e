namespace HkaFer.Adapters;

/// <summary>Default sizes of the matrices C, and whether sizes fit a layer.</summary>
internal static class KroneckerSizes
{
    /// <summary>The power of two nearest the square root of the width in ratio; a tie takes the smaller.</summary>
    internal static int Scale(int hidden)
    {
        int s = 1;

        // 2s is nearer than s where (2s) / sqrt(d) < sqrt(d) / s, that is 2 s^2 < d.
        while (2L * s * s < hidden)
        {
            s *= 2;
        }

        return s;
    }

    /// <summary>All pairs of scales, q outer, l inner.</summary>
    internal static IReadOnlyList<(int Q, int L)> Pairs(params int[] scales) => [.. scales.SelectMany(_ => scales, (q, l) => (q, l))];

    internal static void Check(string method, string path, string side, int width, int size, (int Q, int L) pair, int hidden)
    {
        if (size > 0 && width % size == 0)
        {
            return;
        }

        int s = Scale(hidden);
        IEnumerable<int> divisors = Enumerable.Range(2, Math.Max(0, Math.Min(width, 256) - 1)).Where(n => width % n == 0 && n >= s).Take(5);
        throw new HkaFerException(
            $"{method}: {side} width {width} of {path} is not divisible by {size} (C is [{pair.Q}, {pair.L}]); " +
            $"choose a divisor of {width} ({string.Join(", ", divisors)} ...), or leave `sizes` out for the default ({s}, {2 * s})");
    }
}
