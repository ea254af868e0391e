using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>y = f(a, b), or y += f(a, b), over dense memory: the one traversal of all elementwise operators.</summary>
internal unsafe struct Elementwise<TOperator> : IRangeKernel
    where TOperator : struct, IElementwise
{
    /// <summary>Operands. A function of one argument has <see cref="A"/> twice; the second load finds its line in the cache.</summary>
    public float* A, B, Y;
    public bool Accumulate;
    public TOperator Operator;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        float* a = A, b = B, y = Y;
        TOperator f = Operator;
        bool accumulate = Accumulate;
        long i = start;
        for (; i <= end - TSimd.Count; i += TSimd.Count)
        {
            TVector v = f.Apply<TSimd, TVector>(TSimd.Load(a + i), TSimd.Load(b + i));
            TSimd.Store(y + i, accumulate ? TSimd.Add(TSimd.Load(y + i), v) : v);
        }

        if (i < end)
        {
            int n = (int)(end - i);
            TVector v = f.Apply<TSimd, TVector>(TSimd.LoadPartial(a + i, n), TSimd.LoadPartial(b + i, n));
            TSimd.StorePartial(y + i, accumulate ? TSimd.Add(TSimd.LoadPartial(y + i, n), v) : v, n);
        }
    }
}
