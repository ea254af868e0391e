using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>Brings the rows of a head, far apart in a fused projection, into the dense and padded forms that tiles read.</summary>
internal static unsafe class Panels
{
    /// <summary>y [padded rows, stride] = factor x [rows, dim]; what is padded is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Rows<TSimd, TVector>(
        float* x, nint xRow, int rows, int dim, float* y, int stride, int paddedRows, float factor = 1)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector f = TSimd.Broadcast(factor);
        for (int r = 0; r < rows; r++)
        {
            float* from = x + (r * xRow), to = y + ((nint)r * stride);

            // Absent lanes load as zero; the target is padded to whole vectors.
            for (int i = 0; i < dim; i += TSimd.Count) { TSimd.Store(to + i, TSimd.Mul(f, Lanes.Load<TSimd, TVector>(from + i, dim - i))); }
        }

        if (paddedRows > rows) { new Span<float>(y + ((nint)rows * stride), (paddedRows - rows) * stride).Clear(); }
    }

    /// <summary>Panels [dim, 2 vectors] of the transpose of x [rows, dim]: two vectors of rows a panel; absent rows are zero.</summary>
    internal static void Transposed<TSimd, TVector>(float* x, nint xRow, int rows, int dim, float* y)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int panel = 2 * TSimd.Count;
        for (int r = 0; r < rows; r += panel, y += dim * panel)
        {
            int n = Math.Min(panel, rows - r);
            if (n < panel) { new Span<float>(y, dim * panel).Clear(); }
            Transposition.Run(x + (r * xRow), xRow, y, panel, n, dim);
        }
    }

    /// <summary>y [rows, dim] = factor factors[r] x, or y += that; factors may be null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Unpack<TSimd, TVector>(
        float* x, int stride, float* factors, int rows, int dim, float* y, nint yRow, bool add, float factor = 1)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (int r = 0; r < rows; r++)
        {
            float* from = x + ((nint)r * stride), to = y + (r * yRow);
            TVector f = TSimd.Broadcast(factors is null ? factor : factor * factors[r]);
            for (int i = 0; i < dim; i += TSimd.Count)
            {
                TVector v = TSimd.Mul(TSimd.Load(from + i), f);
                Lanes.Store<TSimd, TVector>(to + i, v, dim - i, add);
            }
        }
    }
}
