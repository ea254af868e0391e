using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// y = (x - mean) rstd weight + bias by rows. The second pass over a row also sums x - mean, whose mean is what rounding took from the
/// first: so rows far from zero, constant ones above all, are centred exactly.
/// </summary>
internal unsafe struct LayerNormKernel : IRangeKernel
{
    /// <summary>[rows, width]; weight, bias [width], bias may be null; mean, rstd [rows].</summary>
    public float* X, Weight, Bias, Y, Mean, Rstd;
    public int Width;
    public double Epsilon;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (long row = start; row < end; row++)
        {
            float* x = X + (row * Width);
            float rough = Reductions.Sum<TSimd, TVector>(x, Width) / Width;
            (float sum, float squares) = Reductions.Centred<TSimd, TVector>(x, Width, rough);
            double rest = (double)sum / Width, variance = ((double)squares / Width) - (rest * rest);
            float rstd = (float)(1 / Math.Sqrt(Math.Max(variance, 0) + Epsilon));
            Mean[row] = (float)(rough + rest);
            Rstd[row] = rstd;
            Write<TSimd, TVector>(x, Y + (row * Width), rough, (float)rest, rstd);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Write<TSimd, TVector>(float* x, float* y, float rough, float rest, float rstd)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        float* weight = Weight, bias = Bias;
        TVector m = TSimd.Broadcast(rough), d = TSimd.Broadcast(rest), s = TSimd.Broadcast(rstd);
        for (int i = 0; i < Width; i += TSimd.Count)
        {
            int n = Width - i;
            TVector normal = TSimd.Mul(TSimd.Sub(TSimd.Sub(Lanes.Load<TSimd, TVector>(x + i, n), m), d), s);
            TVector w = Lanes.Load<TSimd, TVector>(weight + i, n);
            TVector v = bias is null ? TSimd.Mul(normal, w) : TSimd.Fma(normal, w, Lanes.Load<TSimd, TVector>(bias + i, n));
            Lanes.Store<TSimd, TVector>(y + i, v, n);
        }
    }
}

/// <summary>The gradient of x: rstd (g w - mean(g w) - n mean(g w n)) with n = (x - mean) rstd.</summary>
internal unsafe struct LayerNormBackwardKernel : IRangeKernel
{
    /// <summary>[rows, width]; weight [width]; mean, rstd [rows].</summary>
    public float* X, Weight, Mean, Rstd, G, Y;
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
            (float sum, float product) = Reductions.Weighted<TSimd, TVector>(x, g, Weight, Width, Mean[row]);
            float rstd = Rstd[row], scale = rstd * rstd * product / Width;
            TVector m = TSimd.Broadcast(Mean[row]), a = TSimd.Broadcast(sum / Width), b = TSimd.Broadcast(scale), s = TSimd.Broadcast(rstd);
            for (int i = 0; i < Width; i += TSimd.Count)
            {
                int n = Width - i;
                TVector centred = TSimd.Sub(Lanes.Load<TSimd, TVector>(x + i, n), m);
                TVector gw = TSimd.Mul(Lanes.Load<TSimd, TVector>(g + i, n), Lanes.Load<TSimd, TVector>(Weight + i, n));
                TVector v = TSimd.Mul(s, TSimd.FmaNegated(centred, b, TSimd.Sub(gw, a)));
                Lanes.Store<TSimd, TVector>(y + i, v, n, Accumulate);
            }
        }
    }
}
