using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>y = W x for a small matrix W of numbers and a matrix x of token vectors: the one product that both sides of a Kronecker factor need.</summary>
internal static unsafe class TokenProduct
{
    /// <summary>Rows of W that one tile takes.</summary>
    internal const int PanelRows = 4;

    /// <summary>Floats that <see cref="Pack"/> writes.</summary>
    internal static int PackedLength(int rows, int depth) => (rows + PanelRows - 1) / PanelRows * PanelRows * depth;

    /// <summary>
    /// Copies scale * W [rows, depth] into panels of four rows, depth after depth, so that a tile reads one stream. Missing rows are zero, so a
    /// tile never branches on them before it stores.
    /// </summary>
    internal static void Pack(float* w, int rows, int depth, nint rowStep, nint depthStep, float scale, float* to)
    {
        for (var r = 0; r < rows; r += PanelRows)
        {
            var live = Math.Min(PanelRows, rows - r);
            if (live == PanelRows)
            {
                float* w0 = w + (r * rowStep), w1 = w0 + rowStep, w2 = w1 + rowStep, w3 = w2 + rowStep;
                for (nint k = 0, end = depth * depthStep; k < end; k += depthStep, to += PanelRows)
                {
                    to[0] = scale * w0[k];
                    to[1] = scale * w1[k];
                    to[2] = scale * w2[k];
                    to[3] = scale * w3[k];
                }
                continue;
            }
            for (var k = 0; k < depth; k++, to += PanelRows)
            {
                for (var i = 0; i < PanelRows; i++)
                {
                    to[i] = i < live ? scale * w[((r + i) * rowStep) + (k * depthStep)] : 0;
                }
            }
        }
    }

    /// <summary>y = W x, or y += W x.</summary>
    /// <param name="weights">W [rows, depth], packed.</param>
    /// <param name="rows">Rows of W and y.</param>
    /// <param name="depth">Columns of W, rows of x.</param>
    /// <param name="x">[depth, columns].</param>
    /// <param name="columns">Columns of x and y.</param>
    /// <param name="y">[rows, columns].</param>
    /// <param name="add">Whether to add to what is there.</param>
    internal static void Run<TSimd, TVector>(float* weights, int rows, int depth, TokenMatrix x, int columns, TokenMatrix y, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        // 4 x 4 sums with their operands need 21 registers: AVX-512 and Arm have 32, the others 16.
        var width = TSimd.Count is 16 or 4 ? 4 : 2;
        for (var c = 0; c < columns; c += width)
        {
            var live = Math.Min(width, columns - c);
            var from = x.Origin + ((nint)c * x.ColumnStep * TSimd.Count);
            var to = y.Origin + ((nint)c * y.ColumnStep * TSimd.Count);
            if (width == 4)
            {
                Strip4<TSimd, TVector>(weights, rows, depth, from, x, to, y, live, add);
            }
            else
            {
                Strip2<TSimd, TVector>(weights, rows, depth, from, x, to, y, live, add);
            }
        }
    }

    // A strip is as many columns as a tile, all rows. Columns beyond the last are read from the last again and not stored.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip4<TSimd, TVector>(
        float* w, int rows, int depth, float* x0, TokenMatrix x, float* to, TokenMatrix y, int live, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var column = (nint)x.ColumnStep * TSimd.Count;
        var x1 = x0 + (live > 1 ? column : 0);
        var x2 = x1 + (live > 2 ? column : 0);
        var x3 = x2 + (live > 3 ? column : 0);
        var step = (nint)x.RowStep * TSimd.Count;
        var row = (nint)y.RowStep * TSimd.Count;
        var next = (nint)y.ColumnStep * TSimd.Count;
        for (var r = 0; r < rows; r += PanelRows)
        {
            TVector s00 = TSimd.Zero, s01 = TSimd.Zero, s02 = TSimd.Zero, s03 = TSimd.Zero;
            TVector s10 = TSimd.Zero, s11 = TSimd.Zero, s12 = TSimd.Zero, s13 = TSimd.Zero;
            TVector s20 = TSimd.Zero, s21 = TSimd.Zero, s22 = TSimd.Zero, s23 = TSimd.Zero;
            TVector s30 = TSimd.Zero, s31 = TSimd.Zero, s32 = TSimd.Zero, s33 = TSimd.Zero;
            nint at = 0;
            for (var k = depth; k > 0; k--)
            {
                TVector v0 = TSimd.Load(x0 + at), v1 = TSimd.Load(x1 + at), v2 = TSimd.Load(x2 + at), v3 = TSimd.Load(x3 + at);
                var a = TSimd.Broadcast(w[0]);
                s00 = TSimd.Fma(a, v0, s00);
                s01 = TSimd.Fma(a, v1, s01);
                s02 = TSimd.Fma(a, v2, s02);
                s03 = TSimd.Fma(a, v3, s03);
                a = TSimd.Broadcast(w[1]);
                s10 = TSimd.Fma(a, v0, s10);
                s11 = TSimd.Fma(a, v1, s11);
                s12 = TSimd.Fma(a, v2, s12);
                s13 = TSimd.Fma(a, v3, s13);
                a = TSimd.Broadcast(w[2]);
                s20 = TSimd.Fma(a, v0, s20);
                s21 = TSimd.Fma(a, v1, s21);
                s22 = TSimd.Fma(a, v2, s22);
                s23 = TSimd.Fma(a, v3, s23);
                a = TSimd.Broadcast(w[3]);
                s30 = TSimd.Fma(a, v0, s30);
                s31 = TSimd.Fma(a, v1, s31);
                s32 = TSimd.Fma(a, v2, s32);
                s33 = TSimd.Fma(a, v3, s33);
                w += PanelRows;
                at += step;
            }
            Store4<TSimd, TVector>(to, next, s00, s01, s02, s03, live, add);
            if (r + 1 < rows)
            {
                Store4<TSimd, TVector>(to + row, next, s10, s11, s12, s13, live, add);
            }
            if (r + 2 < rows)
            {
                Store4<TSimd, TVector>(to + (2 * row), next, s20, s21, s22, s23, live, add);
            }
            if (r + 3 < rows)
            {
                Store4<TSimd, TVector>(to + (3 * row), next, s30, s31, s32, s33, live, add);
            }
            to += PanelRows * row;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip2<TSimd, TVector>(
        float* w, int rows, int depth, float* x0, TokenMatrix x, float* to, TokenMatrix y, int live, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var x1 = x0 + (live > 1 ? (nint)x.ColumnStep * TSimd.Count : 0);
        var step = (nint)x.RowStep * TSimd.Count;
        var row = (nint)y.RowStep * TSimd.Count;
        var next = (nint)y.ColumnStep * TSimd.Count;
        for (var r = 0; r < rows; r += PanelRows)
        {
            TVector s00 = TSimd.Zero, s01 = TSimd.Zero, s10 = TSimd.Zero, s11 = TSimd.Zero;
            TVector s20 = TSimd.Zero, s21 = TSimd.Zero, s30 = TSimd.Zero, s31 = TSimd.Zero;
            nint at = 0;
            for (var k = depth; k > 0; k--)
            {
                TVector v0 = TSimd.Load(x0 + at), v1 = TSimd.Load(x1 + at);
                var a = TSimd.Broadcast(w[0]);
                s00 = TSimd.Fma(a, v0, s00);
                s01 = TSimd.Fma(a, v1, s01);
                a = TSimd.Broadcast(w[1]);
                s10 = TSimd.Fma(a, v0, s10);
                s11 = TSimd.Fma(a, v1, s11);
                a = TSimd.Broadcast(w[2]);
                s20 = TSimd.Fma(a, v0, s20);
                s21 = TSimd.Fma(a, v1, s21);
                a = TSimd.Broadcast(w[3]);
                s30 = TSimd.Fma(a, v0, s30);
                s31 = TSimd.Fma(a, v1, s31);
                w += PanelRows;
                at += step;
            }
            Store2<TSimd, TVector>(to, next, s00, s01, live, add);
            if (r + 1 < rows)
            {
                Store2<TSimd, TVector>(to + row, next, s10, s11, live, add);
            }
            if (r + 2 < rows)
            {
                Store2<TSimd, TVector>(to + (2 * row), next, s20, s21, live, add);
            }
            if (r + 3 < rows)
            {
                Store2<TSimd, TVector>(to + (3 * row), next, s30, s31, live, add);
            }
            to += PanelRows * row;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store4<TSimd, TVector>(float* to, nint next, TVector v0, TVector v1, TVector v2, TVector v3, int live, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        Store2<TSimd, TVector>(to, next, v0, v1, live, add);
        if (live > 2)
        {
            Store2<TSimd, TVector>(to + (2 * next), next, v2, v3, live - 2, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store2<TSimd, TVector>(float* to, nint next, TVector v0, TVector v1, int live, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TSimd.Store(to, add ? TSimd.Add(v0, TSimd.Load(to)) : v0);
        if (live > 1)
        {
            to += next;
            TSimd.Store(to, add ? TSimd.Add(v1, TSimd.Load(to)) : v1);
        }
    }
}
