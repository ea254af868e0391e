using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// C [6, n] = A [6, k] B [k, n] with n up to two vectors: the one product behind all of attention. Twelve sums live in registers, enough to
/// hide the latency of the multiply-add and few enough for the sixteen registers of AVX2. Operands are padded in scratch memory,
/// so there are no other sizes.
/// </summary>
internal static unsafe class Tile
{
    /// <summary>Rows of a tile.</summary>
    internal const int Rows = 6;

    /// <summary>Rows or columns rounded up to whole tiles or vectors.</summary>
    internal static int RoundUp(int n, int to) => (n + to - 1) / to * to;

    /// <summary>Multiplies whole matrices in scratch memory, tile by tile.</summary>
    /// <param name="a">[rows, k] by its two strides; rows padded to whole tiles.</param>
    /// <param name="aRow">Floats from row to row; 1 for a transposed operand.</param>
    /// <param name="aInner">Floats along k.</param>
    /// <param name="b">Panels of two vectors of columns, each [k, columns].</param>
    /// <param name="bInner">Floats along k within a panel.</param>
    /// <param name="bPanel">Floats from panel to panel.</param>
    /// <param name="c">[rows, columns], columns padded to whole vectors.</param>
    /// <param name="cRow">Floats from row to row.</param>
    /// <param name="rows">Rows wanted; whole tiles are computed.</param>
    /// <param name="columns">Columns wanted; whole vectors are computed.</param>
    /// <param name="k">Inner length.</param>
    /// <param name="add">C += A B.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply<TSimd, TVector>(
        float* a, nint aRow, nint aInner, float* b, nint bInner, nint bPanel, float* c, nint cRow, int rows, int columns, int k, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        // A panel of B is used for all rows while it is in the first cache.
        for (int column = 0; column < columns; column += 2 * TSimd.Count, b += bPanel)
        {
            for (int row = 0; row < rows; row += Rows)
            {
                if (columns - column > TSimd.Count)
                {
                    Two<TSimd, TVector>(a + (row * aRow), aRow, aInner, b, bInner, k, c + (row * cRow) + column, cRow, add);
                }
                else
                {
                    One<TSimd, TVector>(a + (row * aRow), aRow, aInner, b, bInner, k, c + (row * cRow) + column, cRow, add);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two<TSimd, TVector>(float* a, nint aRow, nint aInner, float* b, nint bInner, int k, float* c, nint cRow, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector c00 = TSimd.Zero, c01 = TSimd.Zero, c10 = TSimd.Zero, c11 = TSimd.Zero, c20 = TSimd.Zero, c21 = TSimd.Zero;
        TVector c30 = TSimd.Zero, c31 = TSimd.Zero, c40 = TSimd.Zero, c41 = TSimd.Zero, c50 = TSimd.Zero, c51 = TSimd.Zero;
        nint a2 = 2 * aRow, a3 = 3 * aRow, a4 = 4 * aRow, a5 = 5 * aRow;
        for (int p = k; p > 0; p--)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Count), x = TSimd.Broadcast(a[0]);
            c00 = TSimd.Fma(x, b0, c00);
            c01 = TSimd.Fma(x, b1, c01);
            x = TSimd.Broadcast(a[aRow]);
            c10 = TSimd.Fma(x, b0, c10);
            c11 = TSimd.Fma(x, b1, c11);
            x = TSimd.Broadcast(a[a2]);
            c20 = TSimd.Fma(x, b0, c20);
            c21 = TSimd.Fma(x, b1, c21);
            x = TSimd.Broadcast(a[a3]);
            c30 = TSimd.Fma(x, b0, c30);
            c31 = TSimd.Fma(x, b1, c31);
            x = TSimd.Broadcast(a[a4]);
            c40 = TSimd.Fma(x, b0, c40);
            c41 = TSimd.Fma(x, b1, c41);
            x = TSimd.Broadcast(a[a5]);
            c50 = TSimd.Fma(x, b0, c50);
            c51 = TSimd.Fma(x, b1, c51);
            a += aInner;
            b += bInner;
        }

        Finish<TSimd, TVector>(c, c00, add);
        Finish<TSimd, TVector>(c + TSimd.Count, c01, add);
        c += cRow;
        Finish<TSimd, TVector>(c, c10, add);
        Finish<TSimd, TVector>(c + TSimd.Count, c11, add);
        c += cRow;
        Finish<TSimd, TVector>(c, c20, add);
        Finish<TSimd, TVector>(c + TSimd.Count, c21, add);
        c += cRow;
        Finish<TSimd, TVector>(c, c30, add);
        Finish<TSimd, TVector>(c + TSimd.Count, c31, add);
        c += cRow;
        Finish<TSimd, TVector>(c, c40, add);
        Finish<TSimd, TVector>(c + TSimd.Count, c41, add);
        c += cRow;
        Finish<TSimd, TVector>(c, c50, add);
        Finish<TSimd, TVector>(c + TSimd.Count, c51, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<TSimd, TVector>(float* a, nint aRow, nint aInner, float* b, nint bInner, int k, float* c, nint cRow, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector c0 = TSimd.Zero, c1 = TSimd.Zero, c2 = TSimd.Zero, c3 = TSimd.Zero, c4 = TSimd.Zero, c5 = TSimd.Zero;
        nint a2 = 2 * aRow, a3 = 3 * aRow, a4 = 4 * aRow, a5 = 5 * aRow;
        for (int p = k; p > 0; p--)
        {
            TVector b0 = TSimd.Load(b);
            c0 = TSimd.Fma(TSimd.Broadcast(a[0]), b0, c0);
            c1 = TSimd.Fma(TSimd.Broadcast(a[aRow]), b0, c1);
            c2 = TSimd.Fma(TSimd.Broadcast(a[a2]), b0, c2);
            c3 = TSimd.Fma(TSimd.Broadcast(a[a3]), b0, c3);
            c4 = TSimd.Fma(TSimd.Broadcast(a[a4]), b0, c4);
            c5 = TSimd.Fma(TSimd.Broadcast(a[a5]), b0, c5);
            a += aInner;
            b += bInner;
        }

        Finish<TSimd, TVector>(c, c0, add);
        Finish<TSimd, TVector>(c + cRow, c1, add);
        Finish<TSimd, TVector>(c + (2 * cRow), c2, add);
        Finish<TSimd, TVector>(c + (3 * cRow), c3, add);
        Finish<TSimd, TVector>(c + (4 * cRow), c4, add);
        Finish<TSimd, TVector>(c + (5 * cRow), c5, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TSimd, TVector>(float* c, TVector sum, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
        => TSimd.Store(c, add ? TSimd.Add(TSimd.Load(c), sum) : sum);
}
