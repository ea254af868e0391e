using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>Any processor: 4 x 4 scalars.</summary>
internal readonly unsafe struct MicroKernel1 : IMicroKernel
{
    public static int Rows => 4;

    public static int Columns => 4;

    public static int Depth => 256;

    public static void Multiply(int depth, float* a, float* b, nint bRow, float* tile, int rows, int columns)
    {
        // Two passes of 4 x 2: more sums than that do not stay in 16 registers.
        Multiply4x2(depth, a, b, bRow, tile);
        if (columns > 2)
        {
            Multiply4x2(depth, a, b + 2, bRow, tile + 2);
        }
    }

    /// <summary>Half of the tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x2(int depth, float* a, float* b, nint bRow, float* tile)
    {
        float c0x, c1x, c2x, c3x;
        float c0y, c1y, c2y, c3y;
        c0x = c1x = c2x = c3x = 0f;
        c0y = c1y = c2y = c3y = 0f;
        for (; depth > 0; depth--)
        {
            var bx = b[0];
            var by = b[1];
            var s = a[0];
            c0x = s * bx + c0x;
            c0y = s * by + c0y;
            s = a[1];
            c1x = s * bx + c1x;
            c1y = s * by + c1y;
            s = a[2];
            c2x = s * bx + c2x;
            c2y = s * by + c2y;
            s = a[3];
            c3x = s * bx + c3x;
            c3y = s * by + c3y;
            a += 4;
            b += bRow;
        }
        tile[0] = c0x;
        tile[1] = c0y;
        tile[4] = c1x;
        tile[5] = c1y;
        tile[8] = c2x;
        tile[9] = c2y;
        tile[12] = c3x;
        tile[13] = c3y;
    }
}
