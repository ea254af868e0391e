using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>AVX2 with FMA: 6 x 16, 12 accumulators of the 16 registers.</summary>
internal readonly unsafe struct MicroKernel256 : IMicroKernel
{
    public static int Rows => 6;

    public static int Columns => 16;

    public static int Depth => 256;

    public static void Multiply(int depth, float* a, float* b, nint bRow, float* tile, int rows, int columns)
    {
        if (columns > 8)
        {
            Multiply6x16(depth, a, b, bRow, tile);
        }
        else
        {
            Multiply6x8(depth, a, b, bRow, tile);
        }
    }

    /// <summary>The tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply6x16(int depth, float* a, float* b, nint bRow, float* tile)
    {
        Vector256<float> c0x, c1x, c2x, c3x, c4x, c5x;
        Vector256<float> c0y, c1y, c2y, c3y, c4y, c5y;
        c0x = c1x = c2x = c3x = c4x = c5x = Vector256<float>.Zero;
        c0y = c1y = c2y = c3y = c4y = c5y = Vector256<float>.Zero;
        for (; depth > 0; depth--)
        {
            var bx = Vector256.Load(b);
            var by = Vector256.Load(b + 8);
            var s = Vector256.Create(a[0]);
            c0x = Fma.MultiplyAdd(s, bx, c0x);
            c0y = Fma.MultiplyAdd(s, by, c0y);
            s = Vector256.Create(a[1]);
            c1x = Fma.MultiplyAdd(s, bx, c1x);
            c1y = Fma.MultiplyAdd(s, by, c1y);
            s = Vector256.Create(a[2]);
            c2x = Fma.MultiplyAdd(s, bx, c2x);
            c2y = Fma.MultiplyAdd(s, by, c2y);
            s = Vector256.Create(a[3]);
            c3x = Fma.MultiplyAdd(s, bx, c3x);
            c3y = Fma.MultiplyAdd(s, by, c3y);
            s = Vector256.Create(a[4]);
            c4x = Fma.MultiplyAdd(s, bx, c4x);
            c4y = Fma.MultiplyAdd(s, by, c4y);
            s = Vector256.Create(a[5]);
            c5x = Fma.MultiplyAdd(s, bx, c5x);
            c5y = Fma.MultiplyAdd(s, by, c5y);
            a += 6;
            b += bRow;
        }
        c0x.Store(tile);
        c0y.Store(tile + 8);
        c1x.Store(tile + 16);
        c1y.Store(tile + 24);
        c2x.Store(tile + 32);
        c2y.Store(tile + 40);
        c3x.Store(tile + 48);
        c3y.Store(tile + 56);
        c4x.Store(tile + 64);
        c4y.Store(tile + 72);
        c5x.Store(tile + 80);
        c5y.Store(tile + 88);
    }

    /// <summary>Its left half, for the last columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply6x8(int depth, float* a, float* b, nint bRow, float* tile)
    {
        Vector256<float> c0, c1, c2, c3, c4, c5;
        c0 = c1 = c2 = c3 = c4 = c5 = Vector256<float>.Zero;
        for (; depth > 0; depth--)
        {
            var y = Vector256.Load(b);
            var s = Vector256.Create(a[0]);
            c0 = Fma.MultiplyAdd(s, y, c0);
            s = Vector256.Create(a[1]);
            c1 = Fma.MultiplyAdd(s, y, c1);
            s = Vector256.Create(a[2]);
            c2 = Fma.MultiplyAdd(s, y, c2);
            s = Vector256.Create(a[3]);
            c3 = Fma.MultiplyAdd(s, y, c3);
            s = Vector256.Create(a[4]);
            c4 = Fma.MultiplyAdd(s, y, c4);
            s = Vector256.Create(a[5]);
            c5 = Fma.MultiplyAdd(s, y, c5);
            a += 6;
            b += bRow;
        }
        c0.Store(tile);
        c1.Store(tile + 16);
        c2.Store(tile + 32);
        c3.Store(tile + 48);
        c4.Store(tile + 64);
        c5.Store(tile + 80);
    }
}
