namespace HkaFer.Data;

/// <summary>
/// Mixup and CutMix: what the pictures of a batch do to each other, after each has been changed on its own. Which picture goes with which, and how
/// much of it, depends on the seed alone.
/// </summary>
internal static class Mixing
{
    /// <summary>Whether an augmentation mixes at all.</summary>
    public static bool Wanted(Augmentation? augmentation) => augmentation is { Mixup: > 0 } or { Cutmix: > 0 };

    /// <summary>Mixes a batch with itself in another order; a batch of one stays as it is.</summary>
    /// <param name="batch">Pixels, labels and targets are overwritten; every row of the targets must be there.</param>
    /// <param name="augmentation">One that is <see cref="Wanted"/>.</param>
    /// <param name="seed">Of the batch: run, epoch and position.</param>
    /// <param name="copy">Memory for the batch's pixels, of at least their size.</param>
    public static void Apply(Batch batch, Augmentation augmentation, ulong seed, float[] copy)
    {
        var rng = new PictureRng(seed);
        // Every draw is made whether or not it is used, so that one of the two alone mixes as it does beside the other.
        bool cut = rng.NextDouble() < 0.5;
        cut = augmentation.Mixup > 0 ? augmentation.Cutmix > 0 && cut : true;
        double share = Beta(ref rng, cut ? augmentation.Cutmix : augmentation.Mixup);
        double x = rng.NextDouble(), y = rng.NextDouble();
        Span<int> partner = batch.Count <= 1024 ? stackalloc int[batch.Count] : new int[batch.Count];
        for (int i = 0; i < partner.Length; i++) partner[i] = i;
        rng.Shuffle(partner);
        if (batch.Count < 2) return;

        int length = 3 * batch.Size * batch.Size;
        batch.Pixels.AsSpan(0, batch.Count * length).CopyTo(copy);
        if (cut) share = Cut(batch, copy, partner, share, x, y);
        else Blend(batch.Pixels, copy, partner, length, (float)share);
        MixLabels(batch, partner, (float)share);
    }

    /// <summary>A number from Beta(alpha, alpha), by way of the logarithms of two gamma variates: no alpha is so small that both vanish.</summary>
    internal static double Beta(ref PictureRng rng, double alpha)
    {
        double a = LogGamma(ref rng, alpha), b = LogGamma(ref rng, alpha);
        return 1 / (1 + Math.Exp(b - a));
    }

    // Marsaglia and Tsang (2000) for a shape of at least 1; the power of a uniform number brings it down by 1.
    private static double LogGamma(ref PictureRng rng, double shape)
    {
        double below = Math.Log(1 - rng.NextDouble()) / shape, d = shape + 1 - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - rng.NextDouble())) * Math.Cos(2 * Math.PI * rng.NextDouble());
            double root = 1 + (c * normal), v = root * root * root, u = 1 - rng.NextDouble();
            if (root > 0 && Math.Log(u) < (normal * normal / 2) + d - (d * v) + (d * Math.Log(v))) return Math.Log(d * v) + below;
        }
    }

    private static void Blend(float[] pixels, float[] copy, ReadOnlySpan<int> partner, int length, float share)
    {
        for (int row = 0; row < partner.Length; row++)
        {
            var own = pixels.AsSpan(row * length, length);
            var other = copy.AsSpan(partner[row] * length, length);
            for (int i = 0; i < own.Length; i++) own[i] = (share * own[i]) + ((1 - share) * other[i]);
        }
    }

    // A rectangle of the picture's shape around a point anywhere in it; what lies outside falls away. Returns the share of the picture that stays.
    private static double Cut(Batch batch, float[] copy, ReadOnlySpan<int> partner, double share, double x, double y)
    {
        int size = batch.Size, half = (int)(size * Math.Sqrt(1 - share)) / 2, cx = (int)(x * size), cy = (int)(y * size);
        int left = Math.Max(0, cx - half), right = Math.Min(size, cx + half), top = Math.Max(0, cy - half), bottom = Math.Min(size, cy + half);
        for (int plane = 0; plane < 3 * partner.Length; plane++)
        {
            int from = (3 * partner[plane / 3]) + (plane % 3);
            for (int line = top; line < bottom; line++)
            {
                copy.AsSpan((((from * size) + line) * size) + left, right - left).CopyTo(batch.Pixels.AsSpan((((plane * size) + line) * size) + left));
            }
        }

        return 1 - ((double)(right - left) * (bottom - top) / ((double)size * size));
    }

    private static void MixLabels(Batch batch, ReadOnlySpan<int> partner, float share)
    {
        int classes = batch.Classes;
        float[] targets = batch.TargetBuffer.AsSpan(0, batch.Count * classes).ToArray();
        int[] labels = batch.Labels.AsSpan(0, batch.Count).ToArray();
        for (int row = 0; row < partner.Length; row++)
        {
            for (int c = 0; c < classes; c++)
            {
                batch.TargetBuffer[(row * classes) + c] =
                    (share * targets[(row * classes) + c]) + ((1 - share) * targets[(partner[row] * classes) + c]);
            }

            // What most of the picture shows: the training accuracy counts it.
            batch.Labels[row] = labels[share < 0.5f ? partner[row] : row];
        }

        batch.IsSoft = true;
    }
}
