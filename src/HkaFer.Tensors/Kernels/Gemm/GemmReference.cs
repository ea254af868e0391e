namespace HkaFer.Tensors.Kernels;

/// <summary>The specification of <see cref="Gemm"/>: three loops, sums in double.</summary>
internal static unsafe class GemmReference
{
    public static void Run(in GemmProblem p)
    {
        for (var m = 0; m < p.M; m++)
        {
            for (var n = 0; n < p.N; n++)
            {
                p.C[m * p.CRow + n] = (float)Element(p, m, n);
            }
        }
    }

    /// <summary>The value that C[m, n] is to get.</summary>
    public static double Element(in GemmProblem p, int m, int n)
    {
        var sum = 0.0;
        for (var k = 0; k < p.K; k++)
        {
            sum += (double)p.A[m * p.ARow + k * p.ACol] * p.B[k * p.BRow + n * p.BCol];
        }
        var value = p.Alpha * sum;
        if (p.Accumulate)
        {
            value += p.C[m * p.CRow + n];
        }
        if (p.Bias is not null)
        {
            value += p.Bias[n];
        }
        var after = p.Epilogue;
        value = after.Activation is { } kind ? ActivationReference.Value(kind, value) : value;
        value *= after.Scale is null ? 1 : after.Scale[n];
        return value + (after.Residual is null ? 0 : after.Residual[m * after.ResidualRow + n]);
    }
}
