namespace HkaFer.Tensors.Kernels;

/// <summary>
/// C[m, n] = Alpha * sum over k of A[m, k] B[k, n], plus C[m, n] if <see cref="Accumulate"/>, plus Bias[n], then the epilogue. float32. Strides are in
/// elements and may be anything for A and B, so that a transpose needs no copy; C may not overlap A or B.
/// </summary>
internal unsafe struct GemmProblem
{
    public GemmProblem()
    {
    }

    /// <summary>Rows of A and C.</summary>
    public int M;

    /// <summary>Columns of B and C.</summary>
    public int N;

    /// <summary>Columns of A, rows of B. With 0 the sum is 0.</summary>
    public int K;

    /// <summary>A[m, k] stands at A + m * ARow + k * ACol.</summary>
    public float* A;

    public nint ARow;

    public nint ACol = 1;

    /// <summary>B[k, n] stands at B + k * BRow + n * BCol. For x W^T with W [N, K] in rows: BRow = 1, BCol = K.</summary>
    public float* B;

    public nint BRow;

    public nint BCol = 1;

    /// <summary>B as <see cref="Gemm.Pack"/> has packed it, or null: then each product packs B anew.</summary>
    public float* Packed;

    /// <summary>C[m, n] stands at C + m * CRow + n.</summary>
    public float* C;

    public nint CRow;

    public float Alpha = 1f;

    /// <summary>Add to what C holds; otherwise C is only written, whatever it held.</summary>
    public bool Accumulate;

    /// <summary>[N], added to each row; null where there is none.</summary>
    public float* Bias;

    /// <summary>What comes after the bias.</summary>
    public GemmEpilogue Epilogue;
}
