using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>y[r, i] = residual[r, i] + x[r, i] * scale[i], by rows. Accumulating is the case residual = y.</summary>
internal unsafe struct ScaleColumns : IRangeKernel
{
    /// <summary>[rows, width]; the residual may be null.</summary>
    public float* X, Residual, Y;

    /// <summary>[width].</summary>
    public float* Scale;
    public int Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        float* scale = Scale;
        int width = Width;
        for (long row = start; row < end; row++)
        {
            float* x = X + (row * width), y = Y + (row * width), residual = Residual is null ? null : Residual + (row * width);
            int i = 0;
            for (; i <= width - TSimd.Count; i += TSimd.Count)
            {
                TVector a = TSimd.Load(x + i), s = TSimd.Load(scale + i);
                TSimd.Store(y + i, residual is null ? TSimd.Mul(a, s) : TSimd.Fma(a, s, TSimd.Load(residual + i)));
            }

            if (i < width)
            {
                int n = width - i;
                TVector a = TSimd.LoadPartial(x + i, n), s = TSimd.LoadPartial(scale + i, n);
                TSimd.StorePartial(y + i, residual is null ? TSimd.Mul(a, s) : TSimd.Fma(a, s, TSimd.LoadPartial(residual + i, n)), n);
            }
        }
    }
}
