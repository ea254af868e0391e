using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Kernels;

public unsafe class SimdTests
{
    public static TheoryData<int> Sets => [.. InstructionSets.Supported.Select(s => (int)s)];

    [Fact]
    public void Supported_sets_on_this_architecture_are_named()
    {
        // AdvSimd needs an Arm processor and is not run on x86, and the other way round.
        Assert.Contains(InstructionSet.Portable, InstructionSets.Supported);
        Assert.Contains(InstructionSets.Best, InstructionSets.Supported);
        if (System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64)
        {
            Assert.False(InstructionSets.IsSupported(InstructionSet.AdvSimd));
        }
    }

    [Fact]
    public void Kernel_for_an_unsupported_set_is_refused()
    {
        var missing = Enum.GetValues<InstructionSet>().First(s => !InstructionSets.IsSupported(s));
        Assert.Throws<PlatformNotSupportedException>(() =>
        {
            var kernel = new BinaryKernel();
            InstructionSets.Run(missing, ref kernel);
        });
    }

    [Theory, MemberData(nameof(Sets))]
    public void Arithmetic_every_length_matches_scalar(int set)
    {
        var random = new Random(1);
        for (var n = 0; n <= 70; n++)
        {
            var a = Enumerable.Range(0, n).Select(_ => random.NextSingle() * 8 - 4).ToArray();
            var b = Enumerable.Range(0, n).Select(_ => random.NextSingle() * 8 + 0.5f).ToArray();
            var results = Run(set, a, b);
            for (var i = 0; i < n; i++)
            {
                float x = a[i], y = b[i];
                Assert.Equal(x + y, results[0][i]);
                Assert.Equal(x - y, results[1][i]);
                Assert.Equal(x * y, results[2][i]);
                Assert.Equal(x / y, results[3][i]);
                Assert.Equal(MathF.Min(x, y), results[4][i]);
                Assert.Equal(MathF.Max(x, y), results[5][i]);
                // One rounding or two: half a unit in the last place of the product, which is at most 34.
                Assert.Equal((double)x * y + 0.5, results[6][i], 4e-6);
                Assert.Equal(0.5 - (double)x * y, results[7][i], 4e-6);
                Assert.Equal(MathF.Sqrt(y), results[8][i]);
                Assert.Equal(MathF.Abs(x), results[9][i]);
                Assert.Equal(MathF.Round(x, MidpointRounding.ToEven), results[10][i]);
                Assert.Equal(MathF.Pow(2, MathF.Round(x)), results[11][i]);
                Assert.Equal(x < y - 2 ? x : 7f, results[12][i]);
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Round_halves_go_to_even(int set)
    {
        var x = new[] { 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, 3f };
        Assert.Equal(new[] { 0f, 2f, 2f, -0f, -2f, -2f, 126f, 3f }, Run(set, x, x)[10]);
    }

    [Theory, MemberData(nameof(Sets))]
    public void MinMax_nan_in_second_operand_comes_through(int set)
    {
        var a = Enumerable.Repeat(1f, 20).ToArray();
        var b = Enumerable.Repeat(float.NaN, 20).ToArray();
        Assert.All(Run(set, a, b)[4], v => Assert.True(float.IsNaN(v)));
        Assert.All(Run(set, a, b)[5], v => Assert.True(float.IsNaN(v)));
    }

    [Theory, MemberData(nameof(Sets))]
    public void Reductions_match_scalar(int set)
    {
        var kernel = new ReduceKernel();
        InstructionSets.Run((InstructionSet)set, ref kernel);
        // Lane values are small integers: the sum is exact in any order.
        Assert.Equal(kernel.ExpectedSum, kernel.Sum);
        Assert.Equal(kernel.ExpectedMax, kernel.Max);
    }

    private static float[][] Run(int set, float[] a, float[] b)
    {
        var results = Enumerable.Range(0, 13).Select(_ => new float[a.Length]).ToArray();
        // Operands end where their memory ends, so that a partial access beyond n would fault.
        using var x = new GuardedFloats(a.Length);
        using var y = new GuardedFloats(a.Length);
        using var z = new GuardedFloats(a.Length);
        a.CopyTo(x.Span);
        b.CopyTo(y.Span);
        for (var op = 0; op < results.Length; op++)
        {
            var kernel = new BinaryKernel { A = x.Pointer, B = y.Pointer, Y = z.Pointer, N = a.Length, Op = op };
            InstructionSets.Run((InstructionSet)set, ref kernel);
            z.Check();
            z.Span.CopyTo(results[op]);
        }
        return results;
    }

    private struct BinaryKernel : ISimdKernel
    {
        public float* A, B, Y;
        public int N, Op;

        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            var i = 0;
            for (; i + TSimd.Count <= N; i += TSimd.Count)
            {
                TSimd.Store(Y + i, Apply<TSimd, TVector>(TSimd.Load(A + i), TSimd.Load(B + i)));
            }
            if (i < N)
            {
                var y = Apply<TSimd, TVector>(TSimd.LoadPartial(A + i, N - i), TSimd.LoadPartial(B + i, N - i));
                TSimd.StorePartial(Y + i, y, N - i);
            }
        }

        private readonly TVector Apply<TSimd, TVector>(TVector a, TVector b)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
            => Op switch
            {
                0 => TSimd.Add(a, b),
                1 => TSimd.Sub(a, b),
                2 => TSimd.Mul(a, b),
                3 => TSimd.Div(a, b),
                4 => TSimd.Min(a, b),
                5 => TSimd.Max(a, b),
                6 => TSimd.Fma(a, b, TSimd.Broadcast(0.5f)),
                7 => TSimd.FmaNegated(a, b, TSimd.Broadcast(0.5f)),
                8 => TSimd.Sqrt(b),
                9 => TSimd.Abs(a),
                10 => TSimd.Round(a),
                11 => TSimd.Exp2i(TSimd.Round(a)),
                _ => TSimd.SelectLess(a, TSimd.Sub(b, TSimd.Broadcast(2f)), a, TSimd.Broadcast(7f)),
            };
    }

    private struct ReduceKernel : ISimdKernel
    {
        public float Sum, Max, ExpectedSum, ExpectedMax;

        public void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            var lanes = Enumerable.Range(0, TSimd.Count).Select(i => (float)((i * 7 + 3) % 16 - 9)).ToArray();
            ExpectedSum = lanes.Sum();
            ExpectedMax = lanes.Max();
            fixed (float* p = lanes)
            {
                Sum = TSimd.Sum(TSimd.Load(p));
                Max = TSimd.HorizontalMax(TSimd.Load(p));
            }
        }
    }
}
