namespace HkaFer.Tensors;

/// <summary>
/// The specification of every kernel: plain loops over float64, whatever the element type. It is the oracle of the kernel tests, the device of
/// the finite-difference checks, and what the processor's device falls back on for layouts that are not worth a kernel.
/// </summary>
internal sealed partial class ReferenceDevice : HostDevice
{
    public override string Name => "reference";

    internal override void Fill(Tensor y, double value)
    {
        var values = new double[y.Count];
        Array.Fill(values, value);
        Plain.Write(y, values);
    }

    internal override void Copy(Tensor x, Target y) => Plain.Write(y, Plain.Read(x));

    internal override void Scale(Tensor x, double scale, Target y) => Plain.Write(y, Map(Plain.Read(x), v => v * scale));

    internal override void Activate(Activation kind, Tensor x, Tensor y) =>
        Plain.Write(y, Map(Plain.Read(x), v => ActivationReference.Value(kind, v)));

    internal override void ActivateBackward(Activation kind, Tensor x, Tensor gy, Target gx)
    {
        double[] g = Plain.Read(gy);
        Plain.Write(gx, Map(Plain.Read(x), (v, i) => g[i] * ActivationReference.Derivative(kind, v)));
    }

    internal override void Multiply(Tensor a, Tensor b, Target y)
    {
        double[] factor = Plain.Read(b);
        Plain.Write(y, Map(Plain.Read(a), (v, i) => v * factor[i]));
    }

    internal override void Divide(Tensor a, Tensor b, Target y)
    {
        double[] divisor = Plain.Read(b);
        Plain.Write(y, Map(Plain.Read(a), (v, i) => v / divisor[i]));
    }

    internal override void RowNorms(Tensor x, Tensor y)
    {
        int width = x.Shape[-1];
        double[] values = Plain.Read(x), squares = new double[x.Shape.Rows];
        for (int i = 0; i < values.Length; i++) { squares[i / width] += values[i] * values[i]; }
        Plain.Write(y, Map(squares, s => Math.Max(Math.Sqrt(s), 1e-30)));
    }

    internal override void AddScaled(Tensor x, Tensor? scale, Tensor? residual, Tensor y)
    {
        int width = x.Shape[-1];
        double[]? s = scale is null ? null : Plain.Read(scale);
        double[]? r = residual is null ? null : Plain.Read(residual);
        Plain.Write(y, Map(Plain.Read(x), (v, i) => (r?[i] ?? 0) + (v * (s?[i % width] ?? 1))));
    }

    internal override void AddScaledBackward(Tensor x, Tensor? scale, Tensor gy, Target? gx, Target? gscale)
    {
        int width = x.Shape[-1];
        double[] g = Plain.Read(gy);
        if (gx is { } into)
        {
            double[]? s = scale is null ? null : Plain.Read(scale);
            Plain.Write(into, Map(g, (v, i) => v * (s?[i % width] ?? 1)));
        }

        if (gscale is { } sum)
        {
            double[] values = Plain.Read(x), total = new double[width];
            for (int i = 0; i < g.Length; i++) { total[i % width] += g[i] * values[i]; }
            Plain.Write(sum, total);
        }
    }

    internal override void SumRows(Tensor x, Target y)
    {
        int width = x.Shape[-1];
        double[] values = Plain.Read(x), total = new double[width];
        for (int i = 0; i < values.Length; i++) { total[i % width] += values[i]; }
        Plain.Write(y, total);
    }

    internal override void Gemm(Tensor a, Tensor b, Target c, double alpha = 1, Tensor? bias = null, Epilogue epilogue = default)
    {
        int m = b.Shape.Rank == 2 ? a.Shape.Rows : a.Shape[-2], k = b.Shape[-2], n = b.Shape[-1];
        double[] left = Plain.Read(a), right = Plain.Read(b), result = new double[c.Tensor.Count];
        double[]? add = bias is null ? null : Plain.Read(bias);
        int batches = m == 0 || n == 0 ? 0 : result.Length / (m * n);
        for (int batch = 0; batch < batches; batch++)
        {
            int rightAt = b.Shape.Rank == 2 ? 0 : batch * k * n;
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double sum = 0;
                    for (int p = 0; p < k; p++)
                    {
                        sum += left[(((batch * m) + i) * k) + p] * right[rightAt + (p * n) + j];
                    }

                    result[(((batch * m) + i) * n) + j] = (alpha * sum) + (add?[j] ?? 0);
                }
            }
        }

        Plain.Write(c, result);
        if (epilogue.Activation is { } kind) { Activate(kind, c.Tensor, c.Tensor); }
        if (epilogue.Scale is not null || epilogue.Residual is not null) { AddScaled(c.Tensor, epilogue.Scale, epilogue.Residual, c.Tensor); }
    }

    private static double[] Map(double[] values, Func<double, double> f) => Map(values, (v, _) => f(v));

    private static double[] Map(double[] values, Func<double, int, double> f)
    {
        var result = new double[values.Length];
        for (int i = 0; i < values.Length; i++) { result[i] = f(values[i], i); }
        return result;
    }
}
