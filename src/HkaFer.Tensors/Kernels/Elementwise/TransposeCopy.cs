namespace HkaFer.Tensors.Kernels;

/// <summary>Copies where the axis that is dense in the source is another than the one that is dense in the target, tile by tile.</summary>
internal unsafe struct TransposeCopy : IRangeKernel
{
    /// <summary>Rows of a tile: 32 rows of 32 floats on either side stay in the first cache.</summary>
    private const int Tile = 32;

    public float* X, Y;

    /// <summary>The axes around the two.</summary>
    public CopyPlan Outer;

    /// <summary>Source rows, which are the dense axis of the target, and source columns.</summary>
    public long Rows, Columns;

    /// <summary>Between rows of the source, and between rows of the target.</summary>
    public long XStride, YStride;
    public bool Accumulate;

    /// <summary>Tiles of one matrix along its columns, the unit that threads take.</summary>
    internal readonly long Strips => (Columns + Tile - 1) / Tile;

    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        float* tile = stackalloc float[Tile * Tile];
        for (long item = start; item < end; item++)
        {
            (long from, long to) = Outer.Offsets(item / Strips);
            long column = item % Strips * Tile, columns = Math.Min(Tile, Columns - column);
            for (long row = 0; row < Rows; row += Tile)
            {
                long rows = Math.Min(Tile, Rows - row);
                float* x = X + from + (row * XStride) + column, y = Y + to + (column * YStride) + row;
                if (!Accumulate)
                {
                    Transposition.Run(x, XStride, y, YStride, rows, columns);
                    continue;
                }

                Transposition.Run(x, XStride, tile, Tile, rows, columns);
                for (long c = 0; c < columns; c++)
                {
                    float* line = y + (c * YStride);
                    new Elementwise<AddOperator> { A = tile + (c * Tile), B = line, Y = line }.Run<TSimd, TVector>(0, rows);
                }
            }
        }
    }
}
