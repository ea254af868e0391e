namespace HkaFer.Data;

/// <summary>
/// For each pixel along one axis of the new picture, the run of old pixels that it is made of and their weights, in fixed point with
/// 22 bits after the point. Those 22 bits are Pillow's, and part of the result.
/// </summary>
sealed class ResizeTaps
{
    /// <summary>Bits after the point; 8 for the pixel and 2 for overshoot make 32.</summary>
    public const int Precision = 22;

    ResizeTaps(int outputs, int stride)
    {
        Stride = stride;
        First = new int[outputs];
        Count = new int[outputs];
        Weights = new int[outputs * stride];
    }

    /// <summary>Weights reserved per new pixel.</summary>
    public int Stride { get; }

    /// <summary>The first old pixel of each new one.</summary>
    public int[] First { get; }

    /// <summary>The number of old pixels of each new one.</summary>
    public int[] Count { get; }

    /// <summary><c>[outputs, stride]</c>.</summary>
    public int[] Weights { get; }

    /// <summary>The old pixels that any new one needs.</summary>
    public (int From, int To) Reach => (First[0], First[^1] + Count[^1]);

    /// <summary>The taps of the new pixels <paramref name="from"/> to <paramref name="from"/> + <paramref name="count"/>.</summary>
    /// <param name="oldLength">Length of the old axis.</param>
    /// <param name="newLength">Length of the whole new axis.</param>
    /// <param name="from">First new pixel wanted.</param>
    /// <param name="count">New pixels wanted.</param>
    /// <param name="filter">Any but <see cref="Resampling.Nearest"/>.</param>
    public static ResizeTaps Along(int oldLength, int newLength, int from, int count, Resampling filter)
    {
        double scale = (double)oldLength / newLength;
        // Shrinking widens the filter over all old pixels that fall into a new one; growing leaves it as it is.
        double width = Math.Max(scale, 1.0), inverse = 1.0 / width;
        double support = Radius(filter) * width;
        int stride = Math.Min((int)Math.Ceiling(support) * 2 + 1, oldLength);
        var taps = new ResizeTaps(count, stride);
        var weights = new double[stride];
        for (int i = 0; i < count; i++)
        {
            double centre = (from + i + 0.5) * scale;
            int first = Math.Max((int)(centre - support + 0.5), 0);
            int length = Math.Min((int)(centre + support + 0.5), oldLength) - first;
            double sum = 0;
            for (int k = 0; k < length; k++)
            {
                weights[k] = Weight(filter, (k + first - centre + 0.5) * inverse);
                sum += weights[k];
            }

            for (int k = 0; k < length; k++)
            {
                double weight = sum != 0 ? weights[k] / sum : weights[k];
                taps.Weights[i * stride + k] = (int)(weight * (1 << Precision) + (weight < 0 ? -0.5 : 0.5));
            }

            (taps.First[i], taps.Count[i]) = (first, length);
        }

        return taps;
    }

    static double Radius(Resampling filter) => filter switch
    {
        Resampling.Bilinear => 1,
        Resampling.Bicubic => 2,
        Resampling.Lanczos => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "not a filter with taps"),
    };

    // The order of operations is Pillow's: another rounds differently in the last bit, and then in a byte.
    static double Weight(Resampling filter, double x)
    {
        switch (filter)
        {
            case Resampling.Bilinear:
                x = Math.Abs(x);
                return x < 1 ? 1 - x : 0;
            case Resampling.Bicubic:
                const double a = -0.5;
                x = Math.Abs(x);
                return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1
                    : x < 2 ? (((x - 5) * x + 8) * x - 4) * a
                    : 0;
            default:
                return x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0;
        }
    }

    static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
