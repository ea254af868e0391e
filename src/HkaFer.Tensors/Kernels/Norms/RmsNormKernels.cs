using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>y = x rstd weight by rows, rstd = 1 / sqrt(mean(x^2) + epsilon).</summary>
internal unsafe struct RmsNormKernel : IRangeKernel
{
    /// <summary>[rows, width]; weight [width]; rstd [rows].</summary>
    public float* X, Weight, Y, Rstd;
    public int Width;
    public double Epsilon;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (long row = start; row < end; row++)
        {
            float* x = X + (row * Width), y = Y + (row * Width);
            (_, float squares) = Reductions.Centred<TSimd, TVector>(x, Width, 0);
            float rstd = (float)(1 / Math.Sqrt(((double)squares / Width) + Epsilon));
            Rstd[row] = rstd;
            TVector s = TSimd.Broadcast(rstd);
            for (int i = 0; i < Width; i += TSimd.Count)
            {
                int n = Width - i;
                TVector normal = TSimd.Mul(Lanes.Load<TSimd, TVector>(x + i, n), s);
                Lanes.Store<TSimd, TVector>(y + i, TSimd.Mul(normal, Lanes.Load<TSimd, TVector>(Weight + i, n)), n);
            }
        }
    }
}

/// <summary>The gradient of x: rstd (g w - n mean(g w n)) with n = x rstd.</summary>
internal unsafe struct RmsNormBackwardKernel : IRangeKernel
{
    /// <summary>[rows, width]; weight [width]; rstd [rows].</summary>
    public float* X, Weight, Rstd, G, Y;
    public int Width;
    public bool Accumulate;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (long row = start; row < end; row++)
        {
            float* x = X + (row * Width), g = G + (row * Width), y = Y + (row * Width);
            (_, float product) = Reductions.Weighted<TSimd, TVector>(x, g, Weight, Width, 0);
            float rstd = Rstd[row];
            TVector b = TSimd.Broadcast(rstd * rstd * product / Width), s = TSimd.Broadcast(rstd);
            for (int i = 0; i < Width; i += TSimd.Count)
            {
                int n = Width - i;
                TVector gw = TSimd.Mul(Lanes.Load<TSimd, TVector>(g + i, n), Lanes.Load<TSimd, TVector>(Weight + i, n));
                TVector v = TSimd.Mul(s, TSimd.FmaNegated(Lanes.Load<TSimd, TVector>(x + i, n), b, gw));
                Lanes.Store<TSimd, TVector>(y + i, v, n, Accumulate);
            }
        }
    }
}
