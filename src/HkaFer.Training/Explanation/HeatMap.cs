namespace HkaFer.Training;

/// <summary>A number for every cell of a grid over a picture, rows from the top.</summary>
public sealed class HeatMap
{
    /// <summary>Wraps values.</summary>
    /// <param name="rows">Cells from top to bottom.</param>
    /// <param name="columns">Cells from left to right.</param>
    /// <param name="values"><c>[rows, columns]</c>.</param>
    public HeatMap(int rows, int columns, float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (values.LongLength != (long)rows * columns)
        {
            throw new HkaFerException($"heat map: {values.LongLength} values; expected {rows} x {columns}");
        }

        (Rows, Columns, Values) = (rows, columns, values);
    }

    /// <summary>Cells from top to bottom.</summary>
    public int Rows { get; }

    /// <summary>Cells from left to right.</summary>
    public int Columns { get; }

    /// <summary><c>[rows, columns]</c>.</summary>
    public float[] Values { get; }

    /// <summary>The least value as 0 and the greatest as 1; all 0 where they are the same.</summary>
    public HeatMap Scaled()
    {
        // Without the 1e-7 of the other: the slopes of a model that is sure of itself are smaller than that.
        float low = Values.Min(), range = Values.Max() - low;
        return new HeatMap(Rows, Columns, Array.ConvertAll(Values, value => range > 0 ? (value - low) / range : 0));
    }

    /// <summary>(value - low) / (1e-7 + range): the scale of several maps at once.</summary>
    /// <param name="low">What becomes 0.</param>
    /// <param name="range">How far above it 1 is.</param>
    public HeatMap Scaled(float low, float range) => new(Rows, Columns, Array.ConvertAll(Values, value => (value - low) / (1e-7f + range)));

    /// <summary>The map at the resolution of a picture, bilinearly between the centres of its cells, level beyond the outermost ones.</summary>
    /// <param name="rows">Pixels from top to bottom.</param>
    /// <param name="columns">Pixels from left to right.</param>
    public HeatMap Resized(int rows, int columns)
    {
        (int Low, int High, float Share)[] down = Taps(Rows, rows), across = Taps(Columns, columns);
        var values = new float[checked(rows * columns)];
        for (int y = 0; y < rows; y++)
        {
            (int top, int bottom, float below) = down[y];
            for (int x = 0; x < columns; x++)
            {
                (int left, int right, float beyond) = across[x];
                float high = Mix(Values[(top * Columns) + left], Values[(top * Columns) + right], beyond);
                float low = Mix(Values[(bottom * Columns) + left], Values[(bottom * Columns) + right], beyond);
                values[(y * columns) + x] = Mix(high, low, below);
            }
        }

        return new HeatMap(rows, columns, values);

        static float Mix(float a, float b, float share) => a + ((b - a) * share);
    }

    private static (int Low, int High, float Share)[] Taps(int cells, int pixels) =>
    [
        .. Enumerable.Range(0, pixels).Select(pixel =>
        {
            double at = Math.Clamp(((pixel + 0.5) * cells / pixels) - 0.5, 0, cells - 1);
            int low = (int)at;
            return (low, Math.Min(low + 1, cells - 1), (float)(at - low));
        }),
    ];
}
