using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// What becomes of a finished part of C while it is in the first caches: C = Residual + Scale * Activation(C). Element by element the same operations as the
/// elementwise kernels, so the same bits; what is saved is a pass over memory for each of them.
/// </summary>
internal unsafe struct GemmEpilogue
{
    /// <summary>The nonlinearity, or none.</summary>
    public Activation? Activation;

    /// <summary>[N], or null.</summary>
    public float* Scale;

    /// <summary>Residual[m, n] stands at Residual + m * ResidualRow + n; null where nothing is added.</summary>
    public float* Residual;

    public nint ResidualRow;

    /// <summary>Whether C stays as it is.</summary>
    public readonly bool IsNone => Activation is null && Scale is null && Residual is null;

    /// <summary>Applies it to a part of C.</summary>
    /// <param name="c">The part's first element.</param>
    /// <param name="cRow">Floats per row of C.</param>
    /// <param name="row">Where in C the part begins.</param>
    /// <param name="column">Likewise.</param>
    /// <param name="rows">Rows of the part.</param>
    /// <param name="columns">Columns of the part.</param>
    public readonly void Apply<TSimd, TVector>(float* c, nint cRow, int row, int column, int rows, int columns)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        GemmEpilogue part = this;
        part.Scale = Scale is null ? null : Scale + column;
        part.Residual = Residual is null ? null : Residual + (row * ResidualRow) + column;
        switch (Activation)
        {
            case null: part.Apply<TSimd, TVector, IdentityOperator>(default, c, cRow, rows, columns); break;
            case Tensors.Activation.Gelu: part.Apply<TSimd, TVector, GeluOperator>(default, c, cRow, rows, columns); break;
            case Tensors.Activation.QuickGelu: part.Apply<TSimd, TVector, GatedOperator>(GatedOperator.Quick, c, cRow, rows, columns); break;
            case Tensors.Activation.Silu: part.Apply<TSimd, TVector, GatedOperator>(GatedOperator.Silu, c, cRow, rows, columns); break;
            case Tensors.Activation.Sigmoid: part.Apply<TSimd, TVector, SigmoidOperator>(default, c, cRow, rows, columns); break;
            default: throw new InvalidOperationException($"gemm: activation {Activation} has no kernel");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Apply<TSimd, TVector, TOperator>(TOperator f, float* c, nint cRow, int rows, int columns)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
        where TOperator : struct, IElementwise
    {
        float* scale = Scale, residual = Residual;
        for (int i = 0; i < rows; i++, c += cRow)
        {
            int j = 0;
            for (; j <= columns - TSimd.Count; j += TSimd.Count)
            {
                TVector v = TSimd.Load(c + j);
                v = f.Apply<TSimd, TVector>(v, v);
                if (scale is not null && residual is not null)
                {
                    v = TSimd.Fma(v, TSimd.Load(scale + j), TSimd.Load(residual + j));
                }
                else if (scale is not null)
                {
                    v = TSimd.Mul(v, TSimd.Load(scale + j));
                }
                else if (residual is not null)
                {
                    v = TSimd.Add(v, TSimd.Load(residual + j));
                }

                TSimd.Store(c + j, v);
            }

            if (j < columns)
            {
                int n = columns - j;
                TVector v = TSimd.LoadPartial(c + j, n);
                v = f.Apply<TSimd, TVector>(v, v);
                TVector s = scale is null ? TSimd.Broadcast(1f) : TSimd.LoadPartial(scale + j, n);
                v = residual is null ? TSimd.Mul(v, s) : TSimd.Fma(v, s, TSimd.LoadPartial(residual + j, n));
                TSimd.StorePartial(c + j, v, n);
            }

            residual = residual is null ? null : residual + ResidualRow;
        }
    }
}
