using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>Transposition of float matrices in blocks of 4 x 4, which live in registers.</summary>
internal static unsafe class Transposition
{
    /// <summary>y[c, r] = x[r, c] for r &lt; rows, c &lt; columns; strides between rows in floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run(float* x, long xStride, float* y, long yStride, long rows, long columns)
    {
        long r = 0;
        for (; r <= rows - 4; r += 4)
        {
            float* from = x + (r * xStride);
            long c = 0;
            for (; c <= columns - 4; c += 4) { Four(from + c, xStride, y + (c * yStride) + r, yStride); }
            for (; c < columns; c++)
            {
                float* to = y + (c * yStride) + r;
                for (int i = 0; i < 4; i++) { to[i] = from[(i * xStride) + c]; }
            }
        }

        for (; r < rows; r++)
        {
            for (long c = 0; c < columns; c++) { y[(c * yStride) + r] = x[(r * xStride) + c]; }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* x, long xStride, float* y, long yStride)
    {
        if (!Sse.IsSupported)
        {
            for (int r = 0; r < 4; r++)
            {
                for (int c = 0; c < 4; c++) { y[(c * yStride) + r] = x[(r * xStride) + c]; }
            }

            return;
        }

        Vector128<float> a = Vector128.Load(x), b = Vector128.Load(x + xStride);
        Vector128<float> c2 = Vector128.Load(x + (2 * xStride)), d = Vector128.Load(x + (3 * xStride));
        Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c2, d);
        Sse.MoveLowToHigh(ab, cd).Store(y);
        Sse.MoveHighToLow(cd, ab).Store(y + yStride);
        ab = Sse.UnpackHigh(a, b);
        cd = Sse.UnpackHigh(c2, d);
        Sse.MoveLowToHigh(ab, cd).Store(y + (2 * yStride));
        Sse.MoveHighToLow(cd, ab).Store(y + (3 * yStride));
    }
}
