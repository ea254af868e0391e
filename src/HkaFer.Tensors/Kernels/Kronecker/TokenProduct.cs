using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>y = W x for a small matrix W of numbers and a matrix x of token vectors: what both sides of a Kronecker factor need.</summary>
internal static unsafe class TokenProduct
{
    /// <summary>Rows of W that one tile takes: four, or three where that wastes less (widths like 384 have a factor 3).</summary>
    internal static int PanelRows(int rows) => Padded(rows, 3) < Padded(rows, 4) ? 3 : 4;

    /// <summary>Floats that <see cref="Pack"/> writes.</summary>
    internal static int PackedLength(int rows, int depth) => Padded(rows, PanelRows(rows)) * depth;

    /// <summary>
    /// Copies scale * W [rows, depth] into panels of <see cref="PanelRows"/>, depth after depth, so that a tile reads one stream. Missing
    /// rows are zero, so a tile never branches on them before it stores.
    /// </summary>
    internal static void Pack(float* w, int rows, int depth, nint rowStep, nint depthStep, float scale, float* to)
    {
        var panel = PanelRows(rows);
        for (var r = 0; r < rows; r += panel)
        {
            var live = Math.Min(panel, rows - r);
            if (live == 4)
            {
                float* w0 = w + (r * rowStep), w1 = w0 + rowStep, w2 = w1 + rowStep, w3 = w2 + rowStep;
                for (nint k = 0, end = depth * depthStep; k < end; k += depthStep, to += 4)
                {
                    to[0] = scale * w0[k];
                    to[1] = scale * w1[k];
                    to[2] = scale * w2[k];
                    to[3] = scale * w3[k];
                }
                continue;
            }
            for (var k = 0; k < depth; k++, to += panel)
            {
                for (var i = 0; i < panel; i++)
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
            switch (width, PanelRows(rows))
            {
                case (4, 4):
                    Strip4<TSimd, TVector, Four>(weights, rows, depth, from, x, to, y, live, add);
                    break;
                case (4, _):
                    Strip4<TSimd, TVector, Three>(weights, rows, depth, from, x, to, y, live, add);
                    break;
                case (_, 4):
                    Strip2<TSimd, TVector, Four>(weights, rows, depth, from, x, to, y, live, add);
                    break;
                default:
                    Strip2<TSimd, TVector, Three>(weights, rows, depth, from, x, to, y, live, add);
                    break;
            }
        }
    }

    private static int Padded(int rows, int panel) => (rows + panel - 1) / panel * panel;

    // A strip is as many columns as a tile, all rows. Columns beyond the last are read from the last again and not stored.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip4<TSimd, TVector, TPanel>(
        float* w, int rows, int depth, float* x0, TokenMatrix x, float* to, TokenMatrix y, int live, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
        where TPanel : struct, IPanel
    {
        var column = (nint)x.ColumnStep * TSimd.Count;
        var x1 = x0 + (live > 1 ? column : 0);
        var x2 = x1 + (live > 2 ? column : 0);
        var x3 = x2 + (live > 3 ? column : 0);
        var step = (nint)x.RowStep * TSimd.Count;
        var row = (nint)y.RowStep * TSimd.Count;
        var next = (nint)y.ColumnStep * TSimd.Count;
        for (var r = 0; r < rows; r += TPanel.Rows)
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
                if (TPanel.Rows == 4)
                {
                    a = TSimd.Broadcast(w[3]);
                    s30 = TSimd.Fma(a, v0, s30);
                    s31 = TSimd.Fma(a, v1, s31);
                    s32 = TSimd.Fma(a, v2, s32);
                    s33 = TSimd.Fma(a, v3, s33);
                }
                w += TPanel.Rows;
                at += step;
            }
            if (add && live == 4 && r + TPanel.Rows <= rows)
            {
                // All loads before any store: a load whose address agrees with a recent store's in the low 12 bits would wait for it,
                // and rows are often a power of two apart.
                Add4<TSimd, TVector>(to, next, ref s00, ref s01, ref s02, ref s03);
                Add4<TSimd, TVector>(to + row, next, ref s10, ref s11, ref s12, ref s13);
                Add4<TSimd, TVector>(to + (2 * row), next, ref s20, ref s21, ref s22, ref s23);
                if (TPanel.Rows == 4)
                {
                    Add4<TSimd, TVector>(to + (3 * row), next, ref s30, ref s31, ref s32, ref s33);
                }
            }
            var addHere = add && (live < 4 || r + TPanel.Rows > rows);
            Store4<TSimd, TVector>(to, next, s00, s01, s02, s03, live, addHere);
            if (r + 1 < rows)
            {
                Store4<TSimd, TVector>(to + row, next, s10, s11, s12, s13, live, addHere);
            }
            if (r + 2 < rows)
            {
                Store4<TSimd, TVector>(to + (2 * row), next, s20, s21, s22, s23, live, addHere);
            }
            if (TPanel.Rows == 4 && r + 3 < rows)
            {
                Store4<TSimd, TVector>(to + (3 * row), next, s30, s31, s32, s33, live, addHere);
            }
            to += TPanel.Rows * row;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip2<TSimd, TVector, TPanel>(
        float* w, int rows, int depth, float* x0, TokenMatrix x, float* to, TokenMatrix y, int live, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
        where TPanel : struct, IPanel
    {
        var x1 = x0 + (live > 1 ? (nint)x.ColumnStep * TSimd.Count : 0);
        var step = (nint)x.RowStep * TSimd.Count;
        var row = (nint)y.RowStep * TSimd.Count;
        var next = (nint)y.ColumnStep * TSimd.Count;
        for (var r = 0; r < rows; r += TPanel.Rows)
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
                if (TPanel.Rows == 4)
                {
                    a = TSimd.Broadcast(w[3]);
                    s30 = TSimd.Fma(a, v0, s30);
                    s31 = TSimd.Fma(a, v1, s31);
                }
                w += TPanel.Rows;
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
            if (TPanel.Rows == 4 && r + 3 < rows)
            {
                Store2<TSimd, TVector>(to + (3 * row), next, s30, s31, live, add);
            }
            to += TPanel.Rows * row;
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
    private static void Add4<TSimd, TVector>(float* from, nint next, ref TVector v0, ref TVector v1, ref TVector v2, ref TVector v3)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        v0 = TSimd.Add(v0, TSimd.Load(from));
        v1 = TSimd.Add(v1, TSimd.Load(from + next));
        v2 = TSimd.Add(v2, TSimd.Load(from + (2 * next)));
        v3 = TSimd.Add(v3, TSimd.Load(from + (3 * next)));
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

    /// <summary>Rows of a panel, as a constant for the JIT.</summary>
    private interface IPanel
    {
        static abstract int Rows { get; }
    }

    private readonly struct Four : IPanel
    {
        public static int Rows
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 4;
        }
    }

    private readonly struct Three : IPanel
    {
        public static int Rows
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 3;
        }
    }
}
