namespace HkaFer.Training;

/// <summary>Coordinates on the two axes along which rows vary most, by power iteration.</summary>
internal static class PrincipalAxes
{
    private const int MostSteps = 300;
    private const double Settled = 1e-10;

    /// <summary>The two columns of coordinates, from the mean of the rows.</summary>
    /// <param name="rows"><c>[count, width]</c>.</param>
    /// <param name="count">Rows.</param>
    /// <param name="width">Width of a row.</param>
    internal static (double[] First, double[] Second) Of(float[] rows, int count, int width)
    {
        var mean = new double[width];
        for (int i = 0; i < rows.Length; i++)
        {
            mean[i % width] += rows[i] / (double)count;
        }

        double[] first = Axis(rows, count, width, mean, null, out double[] along);
        Axis(rows, count, width, mean, first, out double[] across);
        return (along, across);
    }

    /// <summary>The axis of the greatest variance that is at right angles to another.</summary>
    private static double[] Axis(float[] rows, int count, int width, double[] mean, double[]? other, out double[] coordinates)
    {
        // Any beginning that is not at right angles to the axis will do; equal input must begin equally.
        var rng = new Rng(1);
        double[] axis = [.. Enumerable.Range(0, width).Select(_ => rng.Normal())];
        coordinates = new double[count];
        for (int step = 0; step < MostSteps; step++)
        {
            double[] before = axis;
            Normalize(axis, other);
            Project(rows, width, mean, axis, coordinates);
            axis = Combine(rows, width, mean, coordinates);
            Normalize(axis, other);
            if (step > 0 && Math.Abs(Dot(axis, before)) > 1 - Settled)
            {
                break;
            }
        }

        // The sign is arbitrary: the largest entry is positive.
        if (axis.MaxBy(Math.Abs) < 0)
        {
            axis = Array.ConvertAll(axis, a => -a);
        }

        Project(rows, width, mean, axis, coordinates);
        return axis;
    }

    private static void Project(float[] rows, int width, double[] mean, double[] axis, double[] into) => Parts.For(into.Length, (from, to) =>
    {
        for (int i = from; i < to; i++)
        {
            double sum = 0;
            for (int c = 0; c < width; c++)
            {
                sum += (rows[(i * width) + c] - mean[c]) * axis[c];
            }

            into[i] = sum;
        }
    });

    private static double[] Combine(float[] rows, int width, double[] mean, double[] coordinates)
    {
        var sum = new double[width];
        Parts.For(width, (from, to) =>
        {
            for (int i = 0; i < coordinates.Length; i++)
            {
                for (int c = from; c < to; c++)
                {
                    sum[c] += (rows[(i * width) + c] - mean[c]) * coordinates[i];
                }
            }
        });
        return sum;
    }

    private static void Normalize(double[] axis, double[]? other)
    {
        double along = other is null ? 0 : Dot(axis, other);
        for (int c = 0; c < axis.Length; c++)
        {
            axis[c] -= other is null ? 0 : along * other[c];
        }

        double length = Math.Sqrt(Dot(axis, axis));
        for (int c = 0; c < axis.Length && length > 0; c++)
        {
            axis[c] /= length;
        }
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
