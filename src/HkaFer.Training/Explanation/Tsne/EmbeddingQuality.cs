namespace HkaFer.Training;

/// <summary>How true an arrangement in the plane is to the data, and how well it parts the classes.</summary>
public static class EmbeddingQuality
{
    /// <summary>Neighbours that both measures look at.</summary>
    public const int Neighbours = 10;

    /// <summary>
    /// Trustworthiness (Venna and Kaski 2001): 1 where the nearest neighbours in the plane are near in the data too, less the farther they are there.
    /// </summary>
    /// <param name="rows"><c>[count, width]</c>.</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="points">The arrangement.</param>
    /// <returns>0 to 1.</returns>
    public static double Trustworthiness(float[] rows, int width, TsneResult points)
    {
        ArgumentNullException.ThrowIfNull(points);
        int count = points.X.Count, k = NeighboursFor(count);
        (double[] x, double[] y) = ([.. points.X], [.. points.Y]);
        var penalties = new double[count];
        Parts.For(count, (from, to) =>
        {
            var distances = new float[count];
            var order = new int[count];
            for (int i = from; i < to; i++)
            {
                int[] near = InPlane(x, y, i, k);
                Distances.From(rows, width, i, distances);
                foreach (int j in near)
                {
                    // Its rank among the others, from 1.
                    int rank = 1;
                    for (int other = 0; other < count; other++)
                    {
                        rank += other != i && (distances[other] < distances[j] || (distances[other] == distances[j] && other < j)) ? 1 : 0;
                    }

                    penalties[i] += Math.Max(0, rank - k);
                }
            }
        });
        return 1 - (penalties.Sum() * 2 / ((double)count * k * ((2.0 * count) - (3 * k) - 1)));
    }

    /// <summary>The share of the nearest neighbours in the plane that have the same label, over all points.</summary>
    /// <param name="points">The arrangement.</param>
    /// <param name="labels">One a point.</param>
    public static double SameLabel(TsneResult points, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(labels);
        int count = points.X.Count, k = NeighboursFor(count);
        (double[] x, double[] y) = ([.. points.X], [.. points.Y]);
        var same = new int[count];
        Parts.For(count, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                same[i] = InPlane(x, y, i, k).Count(j => labels[j] == labels[i]);
            }
        });
        return same.Sum() / ((double)count * k);
    }

    /// <summary>Fewer where there are so few points that the measure would not be defined.</summary>
    private static int NeighboursFor(int count) => Math.Clamp((count / 2) - 1, 1, Neighbours);

    private static int[] InPlane(double[] x, double[] y, int i, int k)
    {
        var distances = new float[x.Length];
        for (int j = 0; j < x.Length; j++)
        {
            double dx = x[i] - x[j], dy = y[i] - y[j];
            distances[j] = (float)((dx * dx) + (dy * dy));
        }

        var near = new int[k];
        Affinities.Nearest(distances, new int[x.Length], i, near);
        return near;
    }
}
