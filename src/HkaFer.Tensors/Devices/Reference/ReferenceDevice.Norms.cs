namespace HkaFer.Tensors;

// Normalisation, softmax, loss.
internal sealed partial class ReferenceDevice
{
    internal override void LayerNorm(Tensor x, Tensor weight, Tensor? bias, double epsilon, Tensor y, Tensor mean, Tensor rstd)
    {
        int width = x.Shape[-1], rows = x.Shape.Rows;
        double[] v = Plain.Read(x), w = Plain.Read(weight), result = new double[v.Length], means = new double[rows], rstds = new double[rows];
        double[]? b = bias is null ? null : Plain.Read(bias);
        for (int r = 0; r < rows; r++)
        {
            Span<double> row = v.AsSpan(r * width, width);
            double m = 0, variance = 0;
            foreach (double value in row) { m += value / width; }
            foreach (double value in row) { variance += (value - m) * (value - m) / width; }
            means[r] = m;
            rstds[r] = 1 / Math.Sqrt(variance + epsilon);
            for (int i = 0; i < width; i++) { result[(r * width) + i] = ((row[i] - m) * rstds[r] * w[i]) + (b?[i] ?? 0); }
        }

        Plain.Write(y, result);
        Plain.Write(mean, means);
        Plain.Write(rstd, rstds);
    }

    internal override void LayerNormBackward(
        Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor gy, Target? gx, Target? gweight, Target? gbias)
    {
        int width = x.Shape[-1], rows = x.Shape.Rows;
        double[] v = Plain.Read(x), w = Plain.Read(weight), m = Plain.Read(mean), s = Plain.Read(rstd), g = Plain.Read(gy);
        double[] result = new double[v.Length], weightSum = new double[width], biasSum = new double[width];
        for (int r = 0; r < rows; r++)
        {
            double sum = 0, product = 0;
            for (int i = 0; i < width; i++)
            {
                int at = (r * width) + i;
                double normal = (v[at] - m[r]) * s[r];
                weightSum[i] += g[at] * normal;
                biasSum[i] += g[at];
                sum += g[at] * w[i] / width;
                product += g[at] * w[i] * normal / width;
            }

            for (int i = 0; i < width; i++)
            {
                int at = (r * width) + i;
                result[at] = s[r] * ((g[at] * w[i]) - sum - ((v[at] - m[r]) * s[r] * product));
            }
        }

        if (gx is { } intoX) { Plain.Write(intoX, result); }
        if (gweight is { } intoWeight) { Plain.Write(intoWeight, weightSum); }
        if (gbias is { } intoBias) { Plain.Write(intoBias, biasSum); }
    }

    internal override void RmsNorm(Tensor x, Tensor weight, double epsilon, Tensor y, Tensor rstd)
    {
        int width = x.Shape[-1], rows = x.Shape.Rows;
        double[] v = Plain.Read(x), w = Plain.Read(weight), result = new double[v.Length], rstds = new double[rows];
        for (int r = 0; r < rows; r++)
        {
            double square = 0;
            for (int i = 0; i < width; i++) { square += v[(r * width) + i] * v[(r * width) + i] / width; }
            rstds[r] = 1 / Math.Sqrt(square + epsilon);
            for (int i = 0; i < width; i++) { result[(r * width) + i] = v[(r * width) + i] * rstds[r] * w[i]; }
        }

        Plain.Write(y, result);
        Plain.Write(rstd, rstds);
    }

    internal override void RmsNormBackward(Tensor x, Tensor weight, Tensor rstd, Tensor gy, Target? gx, Target? gweight)
    {
        int width = x.Shape[-1], rows = x.Shape.Rows;
        double[] v = Plain.Read(x), w = Plain.Read(weight), s = Plain.Read(rstd), g = Plain.Read(gy);
        double[] result = new double[v.Length], weightSum = new double[width];
        for (int r = 0; r < rows; r++)
        {
            double product = 0;
            for (int i = 0; i < width; i++)
            {
                int at = (r * width) + i;
                weightSum[i] += g[at] * v[at] * s[r];
                product += g[at] * w[i] * v[at] * s[r] / width;
            }

            for (int i = 0; i < width; i++)
            {
                int at = (r * width) + i;
                result[at] = s[r] * ((g[at] * w[i]) - (v[at] * s[r] * product));
            }
        }

        if (gx is { } intoX) { Plain.Write(intoX, result); }
        if (gweight is { } intoWeight) { Plain.Write(intoWeight, weightSum); }
    }

    internal override void Softmax(Tensor x, Tensor y)
    {
        double[] v = Plain.Read(x);
        for (int r = 0; r < x.Shape.Rows; r++) { SoftmaxInPlace(v.AsSpan(r * x.Shape[-1], x.Shape[-1])); }
        Plain.Write(y, v);
    }

    internal override void SoftmaxBackward(Tensor y, Tensor gy, Target gx)
    {
        int width = y.Shape[-1];
        double[] p = Plain.Read(y), g = Plain.Read(gy), result = new double[p.Length];
        for (int r = 0; r < y.Shape.Rows; r++)
        {
            SoftmaxGradient(p.AsSpan(r * width, width), g.AsSpan(r * width, width), result.AsSpan(r * width, width));
        }

        Plain.Write(gx, result);
    }

    internal override void CrossEntropy(Tensor logits, Tensor targets, Tensor loss, Tensor probabilities)
    {
        int classes = logits.Shape[-1];
        double[] z = Plain.Read(logits), t = Plain.Read(targets), p = (double[])z.Clone();
        double total = 0;
        for (int r = 0; r < logits.Shape.Rows; r++)
        {
            Span<double> row = z.AsSpan(r * classes, classes);
            double lse = LogSumExp(row);
            for (int c = 0; c < classes; c++) { total -= t[(r * classes) + c] * (row[c] - lse); }
            SoftmaxInPlace(p.AsSpan(r * classes, classes));
        }

        Plain.Write(loss, [total]);
        Plain.Write(probabilities, p);
    }

    internal override void CrossEntropyBackward(Tensor probabilities, Tensor targets, Tensor gloss, Target glogits)
    {
        int classes = probabilities.Shape[-1];
        double[] p = Plain.Read(probabilities), t = Plain.Read(targets);
        double upstream = Plain.Read(gloss)[0];
        for (int r = 0; r < probabilities.Shape.Rows; r++)
        {
            // Weighted targets need not sum to one.
            double mass = 0;
            for (int c = 0; c < classes; c++) { mass += t[(r * classes) + c]; }
            for (int c = 0; c < classes; c++) { p[(r * classes) + c] = upstream * ((p[(r * classes) + c] * mass) - t[(r * classes) + c]); }
        }

        Plain.Write(glogits, p);
    }

    private static double LogSumExp(ReadOnlySpan<double> row)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (double value in row) { max = Math.Max(max, value); }
        foreach (double value in row) { sum += Math.Exp(value - max); }
        return max + Math.Log(sum);
    }

    private static void SoftmaxInPlace(Span<double> row)
    {
        // Not exp(v - LogSumExp): beside a huge maximum the logarithm of the sum would vanish.
        double max = double.NegativeInfinity, sum = 0;
        foreach (double value in row) { max = Math.Max(max, value); }
        foreach (ref double value in row) { sum += value = Math.Exp(value - max); }
        foreach (ref double value in row) { value /= sum; }
    }

    private static void SoftmaxGradient(ReadOnlySpan<double> p, ReadOnlySpan<double> g, Span<double> result)
    {
        double dot = 0;
        for (int i = 0; i < p.Length; i++) { dot += p[i] * g[i]; }
        for (int i = 0; i < p.Length; i++) { result[i] = p[i] * (g[i] - dot); }
    }
}
