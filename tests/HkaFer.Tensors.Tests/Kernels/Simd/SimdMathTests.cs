using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Kernels;

public unsafe class SimdMathTests
{
    public static TheoryData<int> Sets => SimdTests.Sets;

    [Theory, MemberData(nameof(Sets))]
    public void Exp_dense_sweep_is_within_3e7_relative(int set)
    {
        var x = Sweep(-87.3f, 88.7f, 400_000);
        var y = Map(set, Function.Exp, x);
        Assert.True(Worst(x, y, Math.Exp, exact => Math.Abs(exact)) < 3e-7);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Exp_beyond_the_range_saturates(int set)
    {
        var y = Map(set, Function.Exp, [float.NegativeInfinity, -1e30f, -104.5f, 0f, -0f, 89f, 1e30f, float.PositiveInfinity, float.NaN]);
        Assert.Equal([0f, 0f, 0f, 1f, 1f, float.PositiveInfinity, float.PositiveInfinity, float.PositiveInfinity, float.NaN], y);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Exp_denormal_results_are_within_one_denormal_unit(int set)
    {
        var x = Sweep(-104f, -87.3f, 20_000);
        Assert.True(Worst(x, Map(set, Function.Exp, x), Math.Exp, _ => float.Epsilon) < 1.6);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Erf_dense_sweep_is_within_its_bounds(int set)
    {
        var x = Sweep(-6f, 6f, 200_001);
        var y = Map(set, Function.Erf, x);
        Assert.True(Worst(x, y, Erf, _ => 1) < Absolute(set));
        Assert.True(Worst(x, y, Erf, exact => Math.Max(Math.Abs(exact), 1e-30)) < 5e-7);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Erf_gives_gelu_within_5e7(int set)
    {
        var x = Sweep(-12f, 12f, 100_000);
        var erf = Map(set, Function.Erf, [.. x.Select(v => v * 0.70710678f)]);
        var gelu = x.Zip(erf, (v, e) => 0.5f * v * (1f + e)).ToArray();
        var worst = x.Zip(gelu, (v, g) => Math.Abs(g - 0.5 * v * (1 + Erf(v / Math.Sqrt(2)))) / Math.Max(1, Math.Abs(v))).Max();
        Assert.True(worst < 5e-7, $"worst {worst}");
    }

    [Theory, MemberData(nameof(Sets))]
    public void Tanh_dense_sweep_is_within_its_bounds(int set)
    {
        var x = Sweep(-12f, 12f, 200_001);
        var y = Map(set, Function.Tanh, x);
        Assert.True(Worst(x, y, Math.Tanh, _ => 1) < Absolute(set));
        Assert.True(Worst(x, y, Math.Tanh, exact => Math.Max(Math.Abs(exact), 1e-30)) < 5e-7);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Sigmoid_dense_sweep_is_within_3e7(int set)
    {
        var x = Sweep(-110f, 110f, 200_000);
        Assert.True(Worst(x, Map(set, Function.Sigmoid, x), v => 1 / (1 + Math.Exp(-v)), _ => 1) < 3e-7);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Bounded_functions_at_infinity_and_nan_keep_their_limits(int set)
    {
        float[] x = [float.NegativeInfinity, float.PositiveInfinity, float.NaN, 0f];
        // The fits end a rounding unit or two from 1.
        foreach (var (function, low) in new[] { (Function.Erf, -1.0), (Function.Tanh, -1.0), (Function.Sigmoid, 0.0) })
        {
            var y = Map(set, function, x);
            Assert.Equal(low, y[0], 3e-7);
            Assert.Equal(1.0, y[1], 3e-7);
            Assert.True(float.IsNaN(y[2]));
        }
        Assert.Equal(0f, Map(set, Function.Erf, x)[3]);
        Assert.Equal(0f, Map(set, Function.Tanh, x)[3]);
        Assert.Equal(0.5f, Map(set, Function.Sigmoid, x)[3]);
    }

    private enum Function { Exp, Erf, Tanh, Sigmoid }

    /// <summary>The portable vector rounds each product before it adds: a third more error in a quotient of polynomials.</summary>
    private static double Absolute(int set) => (InstructionSet)set == InstructionSet.Portable ? 4e-7 : 3e-7;

    private static float[] Sweep(float low, float high, int n) =>
        [.. Enumerable.Range(0, n).Select(i => (float)(low + (high - low) * (double)i / (n - 1)))];

    private static double Worst(float[] x, float[] y, Func<double, double> exact, Func<double, double> scale)
    {
        var worst = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            var e = exact(x[i]);
            var error = Math.Abs(y[i] - e) / scale(e);
            worst = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(worst, error);
        }
        return worst;
    }

    /// <summary>erf in double: its Maclaurin series below 2.5, the continued fraction of erfc above; both reach 1e-13 there.</summary>
    private static double Erf(double x)
    {
        var a = Math.Abs(x);
        double value;
        if (a < 2.5)
        {
            double term = a, sum = a;
            for (var n = 1; n < 80; n++)
            {
                term *= -a * a / n;
                sum += term / (2 * n + 1);
            }
            value = sum * 2 / Math.Sqrt(Math.PI);
        }
        else
        {
            var fraction = a;
            for (var n = 120; n > 0; n--)
            {
                fraction = a + n / 2.0 / fraction;
            }
            value = 1 - Math.Exp(-a * a) / (fraction * Math.Sqrt(Math.PI));
        }
        return Math.Sign(x) * value;
    }

    private static float[] Map(int set, Function function, float[] x)
    {
        var y = new float[x.Length];
        fixed (float* px = x, py = y)
        {
            var kernel = new MapKernel { X = px, Y = py, N = x.Length, Function = function };
            InstructionSets.Run((InstructionSet)set, ref kernel);
        }
        return y;
    }

    private struct MapKernel : ISimdKernel
    {
        public float* X, Y;
        public int N;
        public Function Function;

        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            for (var i = 0; i < N; i += TSimd.Count)
            {
                var left = N - i;
                var x = left >= TSimd.Count ? TSimd.Load(X + i) : TSimd.LoadPartial(X + i, left);
                var y = Function switch
                {
                    Function.Exp => SimdMath.Exp<TSimd, TVector>(x),
                    Function.Erf => SimdMath.Erf<TSimd, TVector>(x),
                    Function.Tanh => SimdMath.Tanh<TSimd, TVector>(x),
                    _ => SimdMath.Sigmoid<TSimd, TVector>(x),
                };
                if (left >= TSimd.Count)
                {
                    TSimd.Store(Y + i, y);
                }
                else
                {
                    TSimd.StorePartial(Y + i, y, left);
                }
            }
        }
    }
}
