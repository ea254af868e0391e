using System.Runtime.InteropServices;

namespace HkaFer.Bench;

/// <summary>OpenBLAS, where installed: the peer of the managed product. The program itself never loads it.</summary>
internal sealed unsafe class OpenBlas
{
    private const int RowMajor = 101, NoTranspose = 111, Transpose = 112;

    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemm;
    private readonly delegate* unmanaged<int, void> _setThreads;

    private OpenBlas(nint library)
    {
        _sgemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(library, "cblas_sgemm");
        _setThreads = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads");
    }

    /// <summary>The library, or null where it is not installed.</summary>
    public static OpenBlas? Find()
    {
        foreach (var name in new[] { "libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", "libopenblas.dll" })
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new OpenBlas(library);
            }
        }
        return null;
    }

    /// <summary>Threads that products use from now on.</summary>
    public void SetThreads(int count) => _setThreads(count);

    /// <summary>C = op(A) op(B), all in rows; the leading dimensions are those of A and B as they lie in memory.</summary>
    public void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float* a, int lda, float* b, int ldb, float* c, int ldc) =>
        _sgemm(
            RowMajor, transposeA ? Transpose : NoTranspose, transposeB ? Transpose : NoTranspose,
            m, n, k, 1f, a, lda, b, ldb, 0f, c, ldc);
}
