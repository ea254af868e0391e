using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>What a row contributes to a column's sum.</summary>
internal interface IColumnTerm
{
    /// <summary>The term of x and g, whose row has the given shift and factor.</summary>
    TVector Apply<TSimd, TVector>(TVector x, TVector g, TVector shift, TVector factor)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged;
}

/// <summary>x.</summary>
internal readonly struct PlainTerm : IColumnTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x, TVector g, TVector shift, TVector factor)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => x;
}

/// <summary>x g.</summary>
internal readonly struct ProductTerm : IColumnTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x, TVector g, TVector shift, TVector factor)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => TSimd.Mul(x, g);
}

/// <summary>g (x - shift) factor: a normalised value times the gradient.</summary>
internal readonly struct NormalTerm : IColumnTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x, TVector g, TVector shift, TVector factor)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => TSimd.Mul(TSimd.Mul(TSimd.Sub(x, shift), factor), g);
}

/// <summary>
/// y[i] = sum over rows of a term. Threads take strips of columns, each through all rows: every column is summed in one order whatever the
/// number of threads, and no partial sums need memory. Rows are summed in blocks first, which keeps the rounding error that of a
/// chain of <see cref="Block"/> + rows / <see cref="Block"/> additions.
/// </summary>
internal unsafe struct ColumnSum<TTerm> : IRangeKernel
    where TTerm : struct, IColumnTerm
{
    /// <summary>Columns of a strip: whole cache lines, and at least four vectors of any width.</summary>
    internal const int Strip = 64;
    private const int Block = 32;

    /// <summary>[rows, width]; terms of x alone have it twice.</summary>
    public float* X, G;

    /// <summary>[rows], or null where the term uses none.</summary>
    public float* Shift, Factor;

    /// <summary>[width].</summary>
    public float* Y;
    public long Rows, Width;
    public bool Accumulate;

    /// <summary>Columns that make a part worth a thread.</summary>
    public static long Part(long rows) => Math.Max(1, Ranges.Worthwhile / Math.Max(1, rows) / Strip) * Strip;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        long i = start;
        for (; i <= end - (4 * TSimd.Count); i += 4 * TSimd.Count) { Four<TSimd, TVector>(i); }
        for (; i < end; i += TSimd.Count) { One<TSimd, TVector>(i, (int)Math.Min(TSimd.Count, end - i)); }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Four<TSimd, TVector>(long column)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int c = TSimd.Count;
        TVector t0 = TSimd.Zero, t1 = TSimd.Zero, t2 = TSimd.Zero, t3 = TSimd.Zero, shift = TSimd.Zero, factor = TSimd.Zero;
        TTerm term = default;
        for (long block = 0; block < Rows; block += Block)
        {
            TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
            long last = Math.Min(Rows, block + Block);
            for (long row = block; row < last; row++)
            {
                float* x = X + (row * Width) + column, g = G + (row * Width) + column;
                if (Shift is not null) { shift = TSimd.Broadcast(Shift[row]); }
                if (Factor is not null) { factor = TSimd.Broadcast(Factor[row]); }
                s0 = TSimd.Add(s0, term.Apply<TSimd, TVector>(TSimd.Load(x), TSimd.Load(g), shift, factor));
                s1 = TSimd.Add(s1, term.Apply<TSimd, TVector>(TSimd.Load(x + c), TSimd.Load(g + c), shift, factor));
                s2 = TSimd.Add(s2, term.Apply<TSimd, TVector>(TSimd.Load(x + (2 * c)), TSimd.Load(g + (2 * c)), shift, factor));
                s3 = TSimd.Add(s3, term.Apply<TSimd, TVector>(TSimd.Load(x + (3 * c)), TSimd.Load(g + (3 * c)), shift, factor));
            }

            t0 = TSimd.Add(t0, s0);
            t1 = TSimd.Add(t1, s1);
            t2 = TSimd.Add(t2, s2);
            t3 = TSimd.Add(t3, s3);
        }

        float* y = Y + column;
        TSimd.Store(y, Accumulate ? TSimd.Add(TSimd.Load(y), t0) : t0);
        TSimd.Store(y + c, Accumulate ? TSimd.Add(TSimd.Load(y + c), t1) : t1);
        TSimd.Store(y + (2 * c), Accumulate ? TSimd.Add(TSimd.Load(y + (2 * c)), t2) : t2);
        TSimd.Store(y + (3 * c), Accumulate ? TSimd.Add(TSimd.Load(y + (3 * c)), t3) : t3);
    }

    /// <summary>One vector of columns, of which <paramref name="n"/> count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void One<TSimd, TVector>(long column, int n)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector total = TSimd.Zero, shift = TSimd.Zero, factor = TSimd.Zero;
        TTerm term = default;
        for (long block = 0; block < Rows; block += Block)
        {
            TVector sum = TSimd.Zero;
            long last = Math.Min(Rows, block + Block);
            for (long row = block; row < last; row++)
            {
                float* x = X + (row * Width) + column, g = G + (row * Width) + column;
                if (Shift is not null) { shift = TSimd.Broadcast(Shift[row]); }
                if (Factor is not null) { factor = TSimd.Broadcast(Factor[row]); }
                TVector a = Lanes.Load<TSimd, TVector>(x, n), b = Lanes.Load<TSimd, TVector>(g, n);
                sum = TSimd.Add(sum, term.Apply<TSimd, TVector>(a, b, shift, factor));
            }

            total = TSimd.Add(total, sum);
        }

        float* y = Y + column;
        Lanes.Store<TSimd, TVector>(y, total, n, Accumulate);
    }
}
