using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Kernels;

public unsafe class GemmDotsBFloat16Tests
{
    public static TheoryData<int> Sets => SimdTests.Sets;

    [Theory, MemberData(nameof(Sets))]
    public void Run_each_depth_to_130_matches_the_reference(int set)
    {
        for (var k = 0; k <= 130; k++)
        {
            Check(set, 1 + (k % GemmDotsBFloat16.MaxRows), 1 + (k % 11), k, 1, false, false, default, threads: 1);
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Run_alpha_accumulate_bias_and_epilogue_are_each_applied_once(int set)
    {
        foreach (var rows in new[] { 1, 2, 3, 8 })
        {
            Check(set, rows, 9, 70, 0.3f, true, true, default, threads: 2);
            Check(set, rows, 6, 33, 1, false, true, new GemmAfter(Activation.Gelu, true, true), threads: 2);
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Run_any_number_of_threads_gives_the_same_bits(int set)
    {
        var one = Check(set, 3, 1030, 515, 1, false, true, default, threads: 1);
        Assert.Equal(one, Check(set, 3, 1030, 515, 1, false, true, default, threads: 2));
        Assert.Equal(one, Check(set, 3, 1030, 515, 1, false, true, default, threads: 3));
    }

    [Theory, MemberData(nameof(Sets))]
    public void Run_depths_about_a_strip_match_the_reference(int set)
    {
        foreach (var k in new[] { 4095, 4096, 4097, 4128, 4160, 4201 })
        {
            Check(set, 1, 3, k, 1, false, false, default, threads: 1);
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Run_wherever_rows_begin_in_a_cache_line_gives_the_same_bits(int set)
    {
        // 4,200 is more than a strip, with a rest; a checkpoint's header has any length.
        const int N = 5, K = 4200;
        using GuardedFloats a = Random(K, 1), first = new(N), other = new(N), room = new((N * K / 2) + 16);
        using var workers = new Workers(1);
        var random = new Random(2);
        var weights = Enumerable.Range(0, N * K).Select(_ => ((BFloat16)(random.NextSingle() - 0.5f)).Bits).ToArray();
        for (var place = 0; place < 32; place++)
        {
            var at = (ushort*)room.Pointer + place;
            weights.CopyTo(new Span<ushort>(at, weights.Length));
            var c = place == 0 ? first : other;
            GemmDotsBFloat16.Run(workers, (InstructionSet)set, new GemmProblem { M = 1, N = N, K = K, A = a.Pointer, ARow = K, BRow = 1, BCol = K, C = c.Pointer, CRow = N }, at);
            Assert.Equal(first.Span, c.Span);
            c.Check();
            room.Check();
        }
    }

    private static float[] Check(int set, int m, int n, int k, float alpha, bool accumulate, bool bias, GemmAfter after, int threads)
    {
        // The last weight stands at the end of a page, so that a read beyond it faults; x in every other place.
        var half = (n * k + 1) / 2;
        using GuardedFloats a = Random(m * k * 2, 1), w = new(half), c = Random(m * n, 3), add = Random(n, 4), scale = Random(n, 5), residual = Random(m * n, 6);
        using var workers = new Workers(threads);
        var weights = (ushort*)(w.Pointer + half) - n * k;
        var wide = new float[n * k];
        var random = new Random(2);
        for (var i = 0; i < wide.Length; i++)
        {
            var value = (BFloat16)(random.NextSingle() - 0.5f);
            (weights[i], wide[i]) = (value.Bits, (float)value);
        }

        float[] before = [.. c.Span];
        fixed (float* b = wide, old = before)
        {
            var p = new GemmProblem
            {
                M = m, N = n, K = k, A = a.Pointer, ARow = 2 * k, ACol = 2, BRow = 1, BCol = k, C = c.Pointer, CRow = n, Alpha = alpha, Accumulate = accumulate,
                Bias = bias ? add.Pointer : null,
                Epilogue = new GemmEpilogue
                {
                    Activation = after.Activation, Scale = after.Scale ? scale.Pointer : null, Residual = after.Residual ? residual.Pointer : null, ResidualRow = n,
                },
            };
            GemmDotsBFloat16.Run(workers, (InstructionSet)set, p, weights);
            a.Check();
            w.Check();
            c.Check();
            var expected = p with { B = b, C = old };
            for (var i = 0; i < m; i++)
            {
                for (var j = 0; j < n; j++)
                {
                    // As for products of float32 (see GemmCase): partial sums of K terms below 1, rounded K times.
                    Assert.Equal(GemmReference.Element(expected, i, j), c.Span[(i * n) + j], 7e-8 * (k + 16));
                }
            }
        }

        return [.. c.Span];
    }

    private static GuardedFloats Random(int length, int seed)
    {
        var floats = new GuardedFloats(length);
        var random = new Random(seed);
        foreach (ref var x in floats.Span)
        {
            x = random.NextSingle() - 0.5f;
        }

        return floats;
    }
}
