using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>Softmax by rows; the largest entry is subtracted first, so that nothing overflows.</summary>
internal unsafe struct SoftmaxKernel : IRangeKernel
{
    /// <summary>[rows, width].</summary>
    public float* X, Y;
    public int Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (long row = start; row < end; row++)
        {
            float* x = X + (row * Width), y = Y + (row * Width);
            float sum = Reductions.Exponentials<TSimd, TVector>(x, y, Width, Reductions.Max<TSimd, TVector>(x, Width));
            TVector inverse = TSimd.Broadcast(1 / sum);
            for (int i = 0; i < Width; i += TSimd.Count)
            {
                Lanes.Store<TSimd, TVector>(y + i, TSimd.Mul(Lanes.Load<TSimd, TVector>(y + i, Width - i), inverse), Width - i);
            }
        }
    }
}

/// <summary>The gradient of x: p (g - sum(p g)).</summary>
internal unsafe struct SoftmaxBackwardKernel : IRangeKernel
{
    /// <summary>[rows, width].</summary>
    public float* P, G, Y;
    public int Width;
    public bool Accumulate;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (long row = start; row < end; row++)
        {
            float* p = P + (row * Width), g = G + (row * Width), y = Y + (row * Width);
            TVector dot = TSimd.Broadcast(Reductions.Dot<TSimd, TVector>(p, g, Width));
            for (int i = 0; i < Width; i += TSimd.Count)
            {
                int n = Width - i;
                TVector v = TSimd.Mul(Lanes.Load<TSimd, TVector>(p + i, n), TSimd.Sub(Lanes.Load<TSimd, TVector>(g + i, n), dot));
                Lanes.Store<TSimd, TVector>(y + i, v, n, Accumulate);
            }
        }
    }
}
