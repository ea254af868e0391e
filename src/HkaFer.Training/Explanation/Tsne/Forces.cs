using System.Numerics;

namespace HkaFer.Training;

/// <summary>The gradient of t-SNE's divergence: neighbours attract each other, all points repel each other.</summary>
/// <param name="p">Similarities of the data.</param>
/// <param name="theta">Of the tree that repulsion goes through; null where all pairs are summed.</param>
internal sealed class Forces(Affinities p, double? theta)
{
    private readonly double[] _sums = new double[p.Count];
    private readonly QuadTree _tree = new();

    /// <summary>The gradient, one a point.</summary>
    internal double[] X { get; } = new double[p.Count];

    /// <summary>The gradient, one a point.</summary>
    internal double[] Y { get; } = new double[p.Count];

    /// <summary>Sum of 1 / (1 + distance^2) over all ordered pairs, by which the plane's similarities are divided.</summary>
    internal double Normaliser { get; private set; }

    /// <summary>Computes all three.</summary>
    /// <param name="x">The points.</param>
    /// <param name="y">The points.</param>
    /// <param name="exaggeration">What attraction is multiplied by.</param>
    /// <param name="cancel">Stops it.</param>
    internal void Compute(double[] x, double[] y, double exaggeration, CancellationToken cancel = default)
    {
        if (theta is not null)
        {
            _tree.Build(x, y);
        }

        // Repulsion first: attraction cannot be added before its divisor is known.
        Parts.For(x.Length, (from, to) =>
        {
            var stack = new Stack<int>();
            for (int i = from; i < to; i++)
            {
                (X[i], Y[i], _sums[i]) = theta is { } t ? _tree.Repulsion(x[i], y[i], t, stack) : Pairs(x, y, i);
            }
        }, cancel);
        Normaliser = Math.Max(_sums.Sum(), double.Epsilon);
        Parts.For(x.Length, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                double ax = 0, ay = 0;
                for (int k = p.Starts[i]; k < p.Starts[i + 1]; k++)
                {
                    int j = p.Neighbours[k];
                    double dx = x[i] - x[j], dy = y[i] - y[j], pull = p.Values[k] / (1 + (dx * dx) + (dy * dy));
                    ax += pull * dx;
                    ay += pull * dy;
                }

                X[i] = 4 * ((exaggeration * ax) - (X[i] / Normaliser));
                Y[i] = 4 * ((exaggeration * ay) - (Y[i] / Normaliser));
            }
        }, cancel);
    }

    /// <summary>As <see cref="QuadTree.Repulsion"/>, over every other point.</summary>
    private static (double X, double Y, double Q) Pairs(double[] x, double[] y, int i)
    {
        int j = 0, lanes = Vector<double>.Count;
        Vector<double> one = Vector<double>.One, ix = new(x[i]), iy = new(y[i]), vx = default, vy = default, vq = default;
        for (; j <= x.Length - lanes; j += lanes)
        {
            Vector<double> dx = ix - new Vector<double>(x, j), dy = iy - new Vector<double>(y, j), q = one / (one + (dx * dx) + (dy * dy));
            vq += q;
            vx += q * q * dx;
            vy += q * q * dy;
        }

        double fx = Vector.Sum(vx), fy = Vector.Sum(vy), sum = Vector.Sum(vq);
        for (; j < x.Length; j++)
        {
            double dx = x[i] - x[j], dy = y[i] - y[j], q = 1 / (1 + (dx * dx) + (dy * dy));
            sum += q;
            fx += q * q * dx;
            fy += q * q * dy;
        }

        // Its own distance is zero.
        return (fx, fy, sum - 1);
    }
}
