namespace HkaFer.Tensors;

/// <summary>
/// Which samples of a line, with which weights, make each sample of its resampled form; PyTorch's definition, corners not aligned. Without
/// antialiasing four taps with a = -0.75 and edges repeated; with it Pillow's filter, a = -0.5, widened when shrinking and renormalised.
/// </summary>
internal sealed class BicubicTaps
{
    private readonly (int Index, double Weight)[][] _taps;

    internal BicubicTaps(int from, int to, bool antialias)
    {
        Length = from;
        _taps = new (int, double)[to][];
        double ratio = (double)from / to;
        for (int i = 0; i < to; i++)
        {
            _taps[i] = antialias ? Filtered(from, (i + 0.5) * ratio, Math.Max(1, ratio)) : Interpolated(from, ((i + 0.5) * ratio) - 0.5);
        }
    }

    /// <summary>Samples of the resampled line.</summary>
    internal int Count => _taps.Length;

    /// <summary>Samples of the original line.</summary>
    internal int Length { get; }

    internal ReadOnlySpan<(int Index, double Weight)> this[int i] => _taps[i];

    private static (int, double)[] Interpolated(int length, double centre)
    {
        int floor = (int)Math.Floor(centre);
        var taps = new (int, double)[4];
        for (int i = 0; i < 4; i++)
        {
            int at = floor - 1 + i;
            taps[i] = (Math.Clamp(at, 0, length - 1), Cubic(centre - at, -0.75));
        }

        return taps;
    }

    private static (int, double)[] Filtered(int length, double centre, double scale)
    {
        double support = 2 * scale;
        int start = Math.Max(0, (int)(centre - support + 0.5)), end = Math.Min(length, (int)(centre + support + 0.5));
        var taps = new (int, double)[end - start];
        double total = 0;
        for (int at = start; at < end; at++)
        {
            double weight = Cubic((at - centre + 0.5) / scale, -0.5);
            taps[at - start] = (at, weight);
            total += weight;
        }

        return Array.ConvertAll(taps, tap => (tap.Item1, tap.Item2 / total));
    }

    /// <summary>Keys' cubic convolution kernel.</summary>
    private static double Cubic(double x, double a)
    {
        x = Math.Abs(x);
        return x < 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1
            : x < 2 ? ((((x - 5) * x) + 8) * x * a) - (4 * a)
            : 0;
    }
}
