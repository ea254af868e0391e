using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>y = |x| by rows, at least 1e-30.</summary>
internal unsafe struct RowNormKernel : IRangeKernel
{
    /// <summary>[rows, width]; y [rows].</summary>
    public float* X, Y;
    public int Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (long row = start; row < end; row++)
        {
            (_, float squares) = Reductions.Centred<TSimd, TVector>(X + (row * Width), Width, 0);
            Y[row] = MathF.Max(MathF.Sqrt(squares), 1e-30f);
        }
    }
}
