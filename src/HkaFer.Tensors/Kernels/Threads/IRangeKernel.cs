namespace HkaFer.Tensors.Kernels;

/// <summary>A kernel over a range of independent items (elements, rows, strips of columns), so that threads may take it in parts.</summary>
internal interface IRangeKernel
{
    /// <summary>Does items <paramref name="start"/> .. <paramref name="end"/> - 1 with one vector width.</summary>
    void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged;
}
