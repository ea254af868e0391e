namespace HkaFer.Training;

/// <summary>
/// The joint probabilities P of t-SNE as a sparse symmetric matrix: for each point its neighbours (all others in the exact method) and how alike they are. They sum to one.
/// </summary>
internal sealed class Affinities
{
    private const double Tiny = 1e-300;

    /// <summary>Of the entropy, in nats, and how long it is looked for.</summary>
    private const double Tolerance = 1e-7;

    private const int Steps = 200;

    private Affinities(int[] starts, int[] neighbours, double[] values) => (Starts, Neighbours, Values) = (starts, neighbours, values);

    /// <summary>Where each point's neighbours begin; one more at the end.</summary>
    internal int[] Starts { get; }

    /// <summary>The neighbours, in ascending order for each point.</summary>
    internal int[] Neighbours { get; }

    /// <summary>p_ij of point and neighbour.</summary>
    internal double[] Values { get; }

    internal int Count => Starts.Length - 1;

    /// <summary>Computes them.</summary>
    /// <param name="rows"><c>[count, width]</c>.</param>
    /// <param name="count">At least 2.</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="perplexity">Less than the number of neighbours.</param>
    /// <param name="neighbours">Of each point before it is made symmetric; count - 1 for all.</param>
    /// <param name="cancel">Stops between points.</param>
    internal static Affinities Of(float[] rows, int count, int width, double perplexity, int neighbours, CancellationToken cancel = default)
    {
        var nearest = new int[checked(count * neighbours)];
        var conditional = new double[count * neighbours];
        Parts.For(count, (from, to) =>
        {
            var distances = new float[count];
            var order = new int[count];
            for (int i = from; i < to; i++)
            {
                Distances.From(rows, width, i, distances);
                Span<int> mine = nearest.AsSpan(i * neighbours, neighbours);
                Nearest(distances, order, i, mine);
                Span<double> p = conditional.AsSpan(i * neighbours, neighbours);
                for (int k = 0; k < mine.Length; k++)
                {
                    p[k] = distances[mine[k]];
                }

                Conditional(p, perplexity);
            }
        }, cancel);
        return Symmetric(nearest, conditional, count, neighbours);
    }

    /// <summary>The other points that are nearest, in ascending order of their numbers; among equally far ones those with lower numbers.</summary>
    internal static void Nearest(float[] distances, int[] order, int self, Span<int> into)
    {
        int count = distances.Length;
        if (into.Length == count - 1)
        {
            for (int j = 0, k = 0; j < count; j++)
            {
                if (j != self)
                {
                    into[k++] = j;
                }
            }

            return;
        }

        for (int j = 0; j < count; j++)
        {
            order[j] = j;
        }

        float[] keys = (float[])distances.Clone();
        keys[self] = float.PositiveInfinity;
        Array.Sort(keys, order);

        // The sort is not stable: among points that are as far as the last one taken, numbers decide.
        float last = keys[into.Length - 1];
        int sure = 0;
        while (keys[sure] < last)
        {
            sure++;
        }

        int ties = sure;
        while (ties < count - 1 && keys[ties] == last)
        {
            ties++;
        }

        Array.Sort(order, sure, ties - sure);
        order.AsSpan(0, into.Length).CopyTo(into);
        into.Sort();
    }

    /// <summary>Squared distances to p_j|i: the width of the Gaussian is the one whose perplexity is asked for.</summary>
    internal static void Conditional(Span<double> p, double perplexity)
    {
        double nearest = double.PositiveInfinity;
        foreach (double d in p)
        {
            nearest = Math.Min(nearest, d);
        }

        // Only differences of distances count; without the nearest one the exponentials cannot all vanish.
        for (int j = 0; j < p.Length; j++)
        {
            p[j] -= nearest;
        }

        double wanted = Math.Log(perplexity), beta = 1, low = 0, high = double.PositiveInfinity;
        for (int step = 0; step < Steps; step++)
        {
            double sum = 0, weighted = 0;
            foreach (double d in p)
            {
                double e = Math.Exp(-beta * d);
                sum += e;
                weighted += e * d;
            }

            double excess = Math.Log(sum) + (beta * weighted / sum) - wanted;
            if (Math.Abs(excess) <= Tolerance)
            {
                break;
            }

            (low, high) = excess > 0 ? (beta, high) : (low, beta);
            double next = double.IsInfinity(high) ? beta * 2 : (low + high) / 2;
            if (next == beta || next > 1e100)
            {
                // More equal neighbours than the perplexity asks for: no width parts them.
                break;
            }

            beta = next;
        }

        double total = 0;
        for (int j = 0; j < p.Length; j++)
        {
            p[j] = Math.Exp(-beta * p[j]);
            total += p[j];
        }

        for (int j = 0; j < p.Length; j++)
        {
            p[j] /= total;
        }
    }

    /// <summary>Divergence of the similarities of points in the plane from these, over the pairs of these.</summary>
    internal double Divergence(double[] x, double[] y, double normaliser)
    {
        var parts = new double[Count];
        Parts.For(Count, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                double sum = 0;
                for (int k = Starts[i]; k < Starts[i + 1]; k++)
                {
                    int j = Neighbours[k];
                    double dx = x[i] - x[j], dy = y[i] - y[j], q = 1 / (1 + (dx * dx) + (dy * dy)) / normaliser;
                    sum += Values[k] * Math.Log(Math.Max(Values[k], Tiny) / Math.Max(q, Tiny));
                }

                parts[i] = sum;
            }
        });
        return parts.Sum();
    }

    /// <summary>p_ij = (p_j|i + p_i|j) / 2n. Rows are written in the order of the points, so no thread's timing shows.</summary>
    private static Affinities Symmetric(int[] nearest, double[] conditional, int count, int neighbours)
    {
        // Who has a point among its neighbours, in ascending order, since rows are visited in theirs.
        var reverse = new List<(int From, double P)>[count];
        for (int i = 0; i < count; i++)
        {
            reverse[i] = [];
        }

        for (int i = 0; i < count; i++)
        {
            for (int k = i * neighbours; k < (i + 1) * neighbours; k++)
            {
                reverse[nearest[k]].Add((i, conditional[k]));
            }
        }

        var starts = new int[count + 1];
        var others = new List<int>(nearest.Length);
        var values = new List<double>(nearest.Length);
        for (int i = 0; i < count; i++)
        {
            int k = i * neighbours, end = k + neighbours, r = 0;
            while (k < end || r < reverse[i].Count)
            {
                int mine = k < end ? nearest[k] : int.MaxValue, theirs = r < reverse[i].Count ? reverse[i][r].From : int.MaxValue;
                double p = (mine <= theirs ? conditional[k] : 0) + (theirs <= mine ? reverse[i][r].P : 0);
                others.Add(Math.Min(mine, theirs));
                values.Add(p / (2.0 * count));
                k += mine <= theirs ? 1 : 0;
                r += theirs <= mine ? 1 : 0;
            }

            starts[i + 1] = others.Count;
        }

        return new Affinities(starts, [.. others], [.. values]);
    }
}
