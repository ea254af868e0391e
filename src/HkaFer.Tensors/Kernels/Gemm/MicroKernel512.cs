using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// AVX-512: 12 x 32, 24 accumulators of the 32 registers; two loads and 12 broadcasts feed 24 multiply-adds, so neither loads nor the
/// latency of an addition hold it back.
/// </summary>
internal readonly unsafe struct MicroKernel512 : IMicroKernel
{
    public static int Rows => 12;

    public static int Columns => 32;

    public static int Depth => 384;

    public static void Multiply(int depth, float* a, float* b, nint bRow, float* tile, int rows, int columns)
    {
        if (rows > 8)
        {
            if (columns > 16)
            {
                Multiply12x32(depth, a, b, bRow, tile);
            }
            else
            {
                Multiply12x16(depth, a, b, bRow, tile);
            }
            return;
        }
        for (var i = 0; i < rows; i += 4)
        {
            if (columns > 16)
            {
                Multiply4x32(depth, a + i, b, bRow, tile + i * 32);
            }
            else
            {
                Multiply4x16(depth, a + i, b, bRow, tile + i * 32);
            }
        }
    }

    /// <summary>The tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply12x32(int depth, float* a, float* b, nint bRow, float* tile)
    {
        Vector512<float> c0x, c1x, c2x, c3x, c4x, c5x, c6x, c7x, c8x, c9x, c10x, c11x;
        Vector512<float> c0y, c1y, c2y, c3y, c4y, c5y, c6y, c7y, c8y, c9y, c10y, c11y;
        c0x = c1x = c2x = c3x = c4x = c5x = c6x = c7x = c8x = c9x = c10x = c11x = Vector512<float>.Zero;
        c0y = c1y = c2y = c3y = c4y = c5y = c6y = c7y = c8y = c9y = c10y = c11y = Vector512<float>.Zero;
        for (; depth > 0; depth--)
        {
            var bx = Vector512.Load(b);
            var by = Vector512.Load(b + 16);
            var s = Vector512.Create(a[0]);
            c0x = Avx512F.FusedMultiplyAdd(s, bx, c0x);
            c0y = Avx512F.FusedMultiplyAdd(s, by, c0y);
            s = Vector512.Create(a[1]);
            c1x = Avx512F.FusedMultiplyAdd(s, bx, c1x);
            c1y = Avx512F.FusedMultiplyAdd(s, by, c1y);
            s = Vector512.Create(a[2]);
            c2x = Avx512F.FusedMultiplyAdd(s, bx, c2x);
            c2y = Avx512F.FusedMultiplyAdd(s, by, c2y);
            s = Vector512.Create(a[3]);
            c3x = Avx512F.FusedMultiplyAdd(s, bx, c3x);
            c3y = Avx512F.FusedMultiplyAdd(s, by, c3y);
            s = Vector512.Create(a[4]);
            c4x = Avx512F.FusedMultiplyAdd(s, bx, c4x);
            c4y = Avx512F.FusedMultiplyAdd(s, by, c4y);
            s = Vector512.Create(a[5]);
            c5x = Avx512F.FusedMultiplyAdd(s, bx, c5x);
            c5y = Avx512F.FusedMultiplyAdd(s, by, c5y);
            s = Vector512.Create(a[6]);
            c6x = Avx512F.FusedMultiplyAdd(s, bx, c6x);
            c6y = Avx512F.FusedMultiplyAdd(s, by, c6y);
            s = Vector512.Create(a[7]);
            c7x = Avx512F.FusedMultiplyAdd(s, bx, c7x);
            c7y = Avx512F.FusedMultiplyAdd(s, by, c7y);
            s = Vector512.Create(a[8]);
            c8x = Avx512F.FusedMultiplyAdd(s, bx, c8x);
            c8y = Avx512F.FusedMultiplyAdd(s, by, c8y);
            s = Vector512.Create(a[9]);
            c9x = Avx512F.FusedMultiplyAdd(s, bx, c9x);
            c9y = Avx512F.FusedMultiplyAdd(s, by, c9y);
            s = Vector512.Create(a[10]);
            c10x = Avx512F.FusedMultiplyAdd(s, bx, c10x);
            c10y = Avx512F.FusedMultiplyAdd(s, by, c10y);
            s = Vector512.Create(a[11]);
            c11x = Avx512F.FusedMultiplyAdd(s, bx, c11x);
            c11y = Avx512F.FusedMultiplyAdd(s, by, c11y);
            a += 12;
            b += bRow;
        }
        c0x.Store(tile);
        c0y.Store(tile + 16);
        c1x.Store(tile + 32);
        c1y.Store(tile + 48);
        c2x.Store(tile + 64);
        c2y.Store(tile + 80);
        c3x.Store(tile + 96);
        c3y.Store(tile + 112);
        c4x.Store(tile + 128);
        c4y.Store(tile + 144);
        c5x.Store(tile + 160);
        c5y.Store(tile + 176);
        c6x.Store(tile + 192);
        c6y.Store(tile + 208);
        c7x.Store(tile + 224);
        c7y.Store(tile + 240);
        c8x.Store(tile + 256);
        c8y.Store(tile + 272);
        c9x.Store(tile + 288);
        c9y.Store(tile + 304);
        c10x.Store(tile + 320);
        c10y.Store(tile + 336);
        c11x.Store(tile + 352);
        c11y.Store(tile + 368);
    }

    /// <summary>Its left half, for the last columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply12x16(int depth, float* a, float* b, nint bRow, float* tile)
    {
        Vector512<float> c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11;
        c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = c8 = c9 = c10 = c11 = Vector512<float>.Zero;
        for (; depth > 0; depth--)
        {
            var y = Vector512.Load(b);
            var s = Vector512.Create(a[0]);
            c0 = Avx512F.FusedMultiplyAdd(s, y, c0);
            s = Vector512.Create(a[1]);
            c1 = Avx512F.FusedMultiplyAdd(s, y, c1);
            s = Vector512.Create(a[2]);
            c2 = Avx512F.FusedMultiplyAdd(s, y, c2);
            s = Vector512.Create(a[3]);
            c3 = Avx512F.FusedMultiplyAdd(s, y, c3);
            s = Vector512.Create(a[4]);
            c4 = Avx512F.FusedMultiplyAdd(s, y, c4);
            s = Vector512.Create(a[5]);
            c5 = Avx512F.FusedMultiplyAdd(s, y, c5);
            s = Vector512.Create(a[6]);
            c6 = Avx512F.FusedMultiplyAdd(s, y, c6);
            s = Vector512.Create(a[7]);
            c7 = Avx512F.FusedMultiplyAdd(s, y, c7);
            s = Vector512.Create(a[8]);
            c8 = Avx512F.FusedMultiplyAdd(s, y, c8);
            s = Vector512.Create(a[9]);
            c9 = Avx512F.FusedMultiplyAdd(s, y, c9);
            s = Vector512.Create(a[10]);
            c10 = Avx512F.FusedMultiplyAdd(s, y, c10);
            s = Vector512.Create(a[11]);
            c11 = Avx512F.FusedMultiplyAdd(s, y, c11);
            a += 12;
            b += bRow;
        }
        c0.Store(tile);
        c1.Store(tile + 32);
        c2.Store(tile + 64);
        c3.Store(tile + 96);
        c4.Store(tile + 128);
        c5.Store(tile + 160);
        c6.Store(tile + 192);
        c7.Store(tile + 224);
        c8.Store(tile + 256);
        c9.Store(tile + 288);
        c10.Store(tile + 320);
        c11.Store(tile + 352);
    }

    /// <summary>Four of its rows, for the last rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x32(int depth, float* a, float* b, nint bRow, float* tile)
    {
        Vector512<float> c0x, c1x, c2x, c3x;
        Vector512<float> c0y, c1y, c2y, c3y;
        c0x = c1x = c2x = c3x = Vector512<float>.Zero;
        c0y = c1y = c2y = c3y = Vector512<float>.Zero;
        for (; depth > 0; depth--)
        {
            var bx = Vector512.Load(b);
            var by = Vector512.Load(b + 16);
            var s = Vector512.Create(a[0]);
            c0x = Avx512F.FusedMultiplyAdd(s, bx, c0x);
            c0y = Avx512F.FusedMultiplyAdd(s, by, c0y);
            s = Vector512.Create(a[1]);
            c1x = Avx512F.FusedMultiplyAdd(s, bx, c1x);
            c1y = Avx512F.FusedMultiplyAdd(s, by, c1y);
            s = Vector512.Create(a[2]);
            c2x = Avx512F.FusedMultiplyAdd(s, bx, c2x);
            c2y = Avx512F.FusedMultiplyAdd(s, by, c2y);
            s = Vector512.Create(a[3]);
            c3x = Avx512F.FusedMultiplyAdd(s, bx, c3x);
            c3y = Avx512F.FusedMultiplyAdd(s, by, c3y);
            a += 12;
            b += bRow;
        }
        c0x.Store(tile);
        c0y.Store(tile + 16);
        c1x.Store(tile + 32);
        c1y.Store(tile + 48);
        c2x.Store(tile + 64);
        c2y.Store(tile + 80);
        c3x.Store(tile + 96);
        c3y.Store(tile + 112);
    }

    /// <summary>A corner.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x16(int depth, float* a, float* b, nint bRow, float* tile)
    {
        Vector512<float> c0, c1, c2, c3;
        c0 = c1 = c2 = c3 = Vector512<float>.Zero;
        for (; depth > 0; depth--)
        {
            var y = Vector512.Load(b);
            var s = Vector512.Create(a[0]);
            c0 = Avx512F.FusedMultiplyAdd(s, y, c0);
            s = Vector512.Create(a[1]);
            c1 = Avx512F.FusedMultiplyAdd(s, y, c1);
            s = Vector512.Create(a[2]);
            c2 = Avx512F.FusedMultiplyAdd(s, y, c2);
            s = Vector512.Create(a[3]);
            c3 = Avx512F.FusedMultiplyAdd(s, y, c3);
            a += 12;
            b += bRow;
        }
        c0.Store(tile);
        c1.Store(tile + 32);
        c2.Store(tile + 64);
        c3.Store(tile + 96);
    }
}
