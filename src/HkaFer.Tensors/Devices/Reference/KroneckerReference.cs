namespace HkaFer.Tensors;

/// <summary>One layer's Kronecker adapters and router in plain loops over float64, with gradients summed over tokens.</summary>
internal sealed class KroneckerReference
{
    private readonly KroneckerProblem _p;
    private readonly double[][] _c;
    private readonly double[][] _d;
    private readonly double[] _w1s;
    private readonly double[] _w2s;
    private readonly double[] _w1r;
    private readonly double[] _w2r;
    private readonly double _lambda;
    private readonly int _n;
    private readonly bool _spatial;
    private readonly bool _relation;

    internal KroneckerReference(KroneckerProblem p)
    {
        _p = p;
        _n = p.Count;
        In = p.X.Shape[-1];
        Out = p.Y.Shape[-1];
        _c = [.. p.C.Select(Plain.Read)];
        _d = [.. p.D.Select(Plain.Read)];
        _spatial = p.Router is Router.SpatialBranch or Router.DualBranch;
        _relation = p.Router is Router.RelationBranch or Router.DualBranch;
        _w1s = Optional(p.W1s);
        _w2s = Optional(p.W2s);
        _w1r = Optional(p.W1r);
        _w2r = Optional(p.W2r);
        _lambda = p.Router == Router.DualBranch ? Plain.Read(p.Lambda!)[0] : _spatial ? 1 : 0;
        GradC = [.. _c.Select(c => new double[c.Length])];
        GradD = [.. _d.Select(d => new double[d.Length])];
        GradW1s = new double[_w1s.Length];
        GradW2s = new double[_w2s.Length];
        GradW1r = new double[_w1r.Length];
        GradW2r = new double[_w2r.Length];
    }

    internal int In { get; }

    internal int Out { get; }

    internal double[][] GradC { get; }

    internal double[][] GradD { get; }

    internal double[] GradW1s { get; }

    internal double[] GradW2s { get; }

    internal double[] GradW1r { get; }

    internal double[] GradW2r { get; }

    internal double GradLambda { get; private set; }

    /// <summary>What one token passes through.</summary>
    internal sealed class Token
    {
        internal required double[][] F { get; init; }

        internal required double[] Probabilities { get; init; }

        internal double[] PooledX { get; init; } = [];

        internal double[] HiddenS { get; init; } = [];

        internal double[][] PooledF { get; init; } = [];

        internal double[][] HiddenR { get; init; } = [];

        internal double[] ProbabilitiesS { get; init; } = [];

        internal double[] ProbabilitiesR { get; init; } = [];
    }

    internal Token Forward(ReadOnlySpan<double> x)
    {
        var f = new double[_n][];
        for (int i = 0; i < _n; i++) { f[i] = Adapter(i, x); }
        if (_p.Router == Router.Sum)
        {
            return new Token { F = f, Probabilities = [.. Enumerable.Repeat(1.0, _n)] };
        }

        double[] pooledX = Pool(x), hiddenS = Multiply(_w1s, pooledX);
        double[][] pooledF = [.. f.Select(v => Pool(v))], hiddenR = _relation ? [.. pooledF.Select(v => Multiply(_w1r, v))] : [];
        double[] ps = new double[_n], pr = new double[_n], mixed = new double[_n];
        for (int i = 0; i < _n; i++)
        {
            for (int j = 0; j < 2 * _n; j++)
            {
                int at = (i * 2 * _n) + j;
                ps[i] += _spatial ? _w2s[at] * ActivationReference.Sigmoid(hiddenS[j]) : 0;
                pr[i] += _relation ? _w2r[at] * ActivationReference.Sigmoid(hiddenR[i][j] * hiddenS[j]) : 0;
            }
        }

        Softmax(ps);
        Softmax(pr);
        for (int i = 0; i < _n; i++) { mixed[i] = (_lambda * ps[i]) + ((1 - _lambda) * pr[i]); }
        return new Token
        {
            F = f,
            Probabilities = mixed,
            PooledX = pooledX,
            HiddenS = hiddenS,
            PooledF = pooledF,
            HiddenR = hiddenR,
            ProbabilitiesS = ps,
            ProbabilitiesR = pr,
        };
    }

    /// <summary>Adds the gradient of one token's input to <paramref name="gx"/> and those of the weights to their sums.</summary>
    internal void Backward(ReadOnlySpan<double> x, ReadOnlySpan<double> gy, Span<double> gx)
    {
        Token t = Forward(x);
        var gf = new double[_n][];
        var gp = new double[_n];
        for (int i = 0; i < _n; i++)
        {
            gf[i] = new double[Out];
            for (int j = 0; j < Out; j++)
            {
                gp[i] += _p.Beta * gy[j] * t.F[i][j];
                gf[i][j] = _p.Beta * t.Probabilities[i] * gy[j];
            }
        }

        if (_p.Router != Router.Sum)
        {
            RouterBackward(t, gp, gf, gx);
        }

        for (int i = 0; i < _n; i++) { AdapterBackward(i, x, gf[i], gx); }
    }

    private void RouterBackward(Token t, double[] gp, double[][] gf, Span<double> gx)
    {
        double[] gs = new double[_n], gr = new double[_n], ghiddenS = new double[2 * _n];
        for (int i = 0; i < _n; i++)
        {
            gs[i] = _lambda * gp[i];
            gr[i] = (1 - _lambda) * gp[i];
            GradLambda += _p.Router == Router.DualBranch ? gp[i] * (t.ProbabilitiesS[i] - t.ProbabilitiesR[i]) : 0;
        }

        SoftmaxBackward(t.ProbabilitiesS, gs);
        SoftmaxBackward(t.ProbabilitiesR, gr);
        for (int i = 0; i < _n; i++)
        {
            var ghiddenR = new double[2 * _n];
            for (int j = 0; j < 2 * _n; j++)
            {
                int at = (i * 2 * _n) + j;
                double hs = t.HiddenS[j];
                if (_spatial)
                {
                    double s = ActivationReference.Sigmoid(hs);
                    GradW2s[at] += gs[i] * s;
                    ghiddenS[j] += gs[i] * _w2s[at] * s * (1 - s);
                }

                if (_relation)
                {
                    double hr = t.HiddenR[i][j], s = ActivationReference.Sigmoid(hr * hs);
                    GradW2r[at] += gr[i] * s;
                    double inner = gr[i] * _w2r[at] * s * (1 - s);
                    ghiddenS[j] += inner * hr;
                    ghiddenR[j] = inner * hs;
                }
            }

            if (_relation) { Unpool(MultiplyBackward(_w1r, GradW1r, t.PooledF[i], ghiddenR), gf[i]); }
        }

        Unpool(MultiplyBackward(_w1s, GradW1s, t.PooledX, ghiddenS), gx);
    }

    /// <summary>(C (x) D) x as C X D^T.</summary>
    private double[] Adapter(int i, ReadOnlySpan<double> x)
    {
        Shape c = _p.C[i].Shape, d = _p.D[i].Shape;
        var f = new double[Out];
        for (int a = 0; a < c[0]; a++)
        {
            for (int b = 0; b < d[0]; b++)
            {
                for (int l = 0; l < c[1]; l++)
                {
                    for (int m = 0; m < d[1]; m++)
                    {
                        f[(a * d[0]) + b] += _c[i][(a * c[1]) + l] * x[(l * d[1]) + m] * _d[i][(b * d[1]) + m];
                    }
                }
            }
        }

        return f;
    }

    private void AdapterBackward(int i, ReadOnlySpan<double> x, double[] gf, Span<double> gx)
    {
        Shape c = _p.C[i].Shape, d = _p.D[i].Shape;
        for (int a = 0; a < c[0]; a++)
        {
            for (int b = 0; b < d[0]; b++)
            {
                double g = gf[(a * d[0]) + b];
                for (int l = 0; l < c[1]; l++)
                {
                    for (int m = 0; m < d[1]; m++)
                    {
                        double cv = _c[i][(a * c[1]) + l], dv = _d[i][(b * d[1]) + m], xv = x[(l * d[1]) + m];
                        GradC[i][(a * c[1]) + l] += g * xv * dv;
                        GradD[i][(b * d[1]) + m] += g * xv * cv;
                        gx[(l * d[1]) + m] += g * cv * dv;
                    }
                }
            }
        }
    }

    private double[] Pool(ReadOnlySpan<double> x)
    {
        var pooled = new double[x.Length / _p.Group];
        for (int i = 0; i < x.Length; i++) { pooled[GroupOf(i, pooled.Length)] += x[i] / _p.Group; }
        return pooled;
    }

    private void Unpool(double[] gpooled, Span<double> gx)
    {
        for (int i = 0; i < gx.Length; i++) { gx[i] += gpooled[GroupOf(i, gpooled.Length)] / _p.Group; }
    }

    private int GroupOf(int entry, int groups) => _p.Pooling == Pooling.Contiguous ? entry / _p.Group : entry % groups;

    private static double[] Multiply(double[] w, double[] x)
    {
        var y = new double[w.Length / x.Length];
        for (int i = 0; i < w.Length; i++) { y[i / x.Length] += w[i] * x[i % x.Length]; }
        return y;
    }

    private static double[] MultiplyBackward(double[] w, double[] gradW, double[] x, double[] gy)
    {
        var gx = new double[x.Length];
        for (int i = 0; i < w.Length; i++)
        {
            gradW[i] += gy[i / x.Length] * x[i % x.Length];
            gx[i % x.Length] += gy[i / x.Length] * w[i];
        }

        return gx;
    }

    private static void Softmax(double[] z)
    {
        double max = z.Max(), sum = 0;
        for (int i = 0; i < z.Length; i++) { sum += z[i] = Math.Exp(z[i] - max); }
        for (int i = 0; i < z.Length; i++) { z[i] /= sum; }
    }

    private static void SoftmaxBackward(double[] p, double[] g)
    {
        double dot = 0;
        for (int i = 0; i < p.Length; i++) { dot += p[i] * g[i]; }
        for (int i = 0; i < p.Length; i++) { g[i] = p[i] * (g[i] - dot); }
    }

    private static double[] Optional(Tensor? x) => x is null ? [] : Plain.Read(x);
}
