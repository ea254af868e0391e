using System.Runtime.Intrinsics.X86;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Kernels;

public unsafe class GemmTests : IDisposable
{
    private readonly Workers _one = new(1);
    private readonly Workers _two = new(2);
    private readonly Workers _three = new(3);

    public static TheoryData<int> Sets => SimdTests.Sets;

    public static TheoryData<int, GemmLayout> SetsAndLayouts
    {
        get
        {
            var data = new TheoryData<int, GemmLayout>();
            foreach (var set in InstructionSets.Supported)
            {
                foreach (var layout in Enum.GetValues<GemmLayout>())
                {
                    data.Add((int)set, layout);
                }
            }
            return data;
        }
    }

    [Fact]
    public void Sets_that_these_tests_run_are_those_of_the_processor()
    {
        // On x86 with AVX-512 all but AdvSimd run here; AdvSimd runs on Arm only.
        InstructionSet[] expected = Avx512F.IsSupported
            ? [InstructionSet.Portable, InstructionSet.Avx2, InstructionSet.Avx512]
            : Avx2.IsSupported ? [InstructionSet.Portable, InstructionSet.Avx2]
            : System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.IsSupported ? [InstructionSet.Portable, InstructionSet.AdvSimd]
            : [InstructionSet.Portable];
        Assert.Equal(expected, InstructionSets.Supported);
    }

    [Theory, MemberData(nameof(SetsAndLayouts))]
    public void Run_each_size_to_40_alone_and_with_odd_partners_matches_the_reference(int set, GemmLayout layout)
    {
        for (var size = 1; size <= 40; size++)
        {
            foreach (var (m, n, k) in new[] { (size, 7, 5), (13, size, 9), (5, 33, size), (size, size, size), (size, 41 - size, 17) })
            {
                using var gemm = new GemmCase(m, n, k, layout);
                gemm.Run(_one, (InstructionSet)set);
                gemm.Check($"{m} x {n} over {k}");
            }
        }
    }

    [Theory, MemberData(nameof(SetsAndLayouts))]
    public void Run_sizes_beyond_one_block_match_the_reference(int set, GemmLayout layout)
    {
        // Several blocks of k for every set; several panels, with edges; columns that no panel width divides.
        foreach (var (m, n, k) in new[] { (101, 75, 800), (6, 130, 513), (257, 64, 257), (1, 300, 390), (300, 1, 390), (3, 4200, 2) })
        {
            using var gemm = new GemmCase(m, n, k, layout);
            gemm.Run(_two, (InstructionSet)set);
            gemm.Check($"{m} x {n} over {k}");
        }
    }

    [Theory, MemberData(nameof(SetsAndLayouts))]
    public void Run_alpha_accumulate_and_bias_are_each_applied_once(int set, GemmLayout layout)
    {
        // 800 is several blocks of k: a bias or an old C added once per block would show. 5 rows take the paths for few rows.
        foreach (var (m, n, k) in new[] { (19, 37, 800), (5, 37, 800), (40, 3, 800), (4, 4, 3) })
        {
            foreach (var alpha in new[] { 1f, -0.5f, 0f })
            {
                for (var flags = 0; flags < 4; flags++)
                {
                    using var gemm = new GemmCase(m, n, k, layout, alpha, accumulate: (flags & 1) != 0, bias: (flags & 2) != 0);
                    gemm.Run(_two, (InstructionSet)set);
                    gemm.Check($"{m} x {n} over {k}, alpha {alpha}, flags {flags}");
                }
            }
        }
    }

    [Theory, MemberData(nameof(SetsAndLayouts))]
    public void Run_with_every_epilogue_matches_the_reference(int set, GemmLayout layout)
    {
        Activation?[] kinds = [null, .. Enum.GetValues<Activation>().Cast<Activation?>()];
        GemmAfter[] all = [.. kinds.SelectMany(kind => new[] { (false, false), (true, false), (false, true), (true, true) }, (kind, with) => new GemmAfter(kind, with.Item1, with.Item2))];

        // Several blocks of k: an epilogue before the last one would show. 5 rows and 3 columns take the paths for few of them.
        foreach (var (m, n, k) in new[] { (19, 37, 800), (5, 37, 90), (40, 3, 90), (25, 64, 3) })
        {
            foreach (var after in all)
            {
                using var gemm = new GemmCase(m, n, k, layout, alpha: 0.1f, accumulate: true, bias: true, after: after);
                gemm.Run(_two, (InstructionSet)set);
                gemm.Check($"{m} x {n} over {k}, {after}");
            }
        }
    }

    [Theory, MemberData(nameof(SetsAndLayouts))]
    public void RunBatch_matches_the_reference(int set, GemmLayout layout)
    {
        // Small, many, and few but large, which get the whole team each.
        (int, int, int, int)[] shapes = [(1, 9, 9, 9), (5, 33, 29, 16), (20, 60, 40, 64), (2, 400, 43, 65), (7, 2, 3, 300), (0, 4, 4, 4)];
        foreach (var (batch, m, n, k) in shapes)
        {
            using var gemm = new GemmCase(m, n, k, layout, alpha: 0.125f, accumulate: true, bias: true, batch: batch);
            gemm.RunBatch(_two, (InstructionSet)set);
            gemm.Check($"{batch} of {m} x {n} over {k}");
        }
    }

    [Theory, MemberData(nameof(SetsAndLayouts))]
    public void Run_any_number_of_threads_gives_the_same_bits(int set, GemmLayout layout)
    {
        foreach (var (m, n, k) in new[] { (257, 96, 410), (10, 1100, 300), (30, 700, 64), (5, 2000, 128), (2000, 6, 128) })
        {
            using var gemm = new GemmCase(m, n, k, layout, alpha: 0.3f, accumulate: true, bias: true, batch: 1);
            gemm.Run(_one, (InstructionSet)set);
            var single = gemm.Result;
            foreach (var workers in new[] { _two, _three })
            {
                gemm.Run(workers, (InstructionSet)set);
                Assert.Equal(single, gemm.Result);
                gemm.RunBatch(workers, (InstructionSet)set);
                Assert.Equal(single, gemm.Result);
            }
        }
    }

    [Theory, MemberData(nameof(SetsAndLayouts))]
    public void Run_with_a_kept_packing_gives_the_same_bits(int set, GemmLayout layout)
    {
        // Several blocks of k and of columns, short last ones, few rows and many, fewer columns than a panel.
        foreach (var (m, n, k) in new[] { (101, 75, 800), (40, 130, 513), (3, 4200, 2), (257, 9001, 5), (64, 5, 390), (2, 100, 100) })
        {
            using var gemm = new GemmCase(m, n, k, layout, alpha: 0.3f, accumulate: true, bias: true);
            gemm.Run(_two, (InstructionSet)set);
            var fresh = gemm.Result;
            foreach (var workers in new[] { _one, _three })
            {
                gemm.RunPacked(workers, (InstructionSet)set);
                Assert.Equal(fresh, gemm.Result);
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Run_without_terms_gives_old_value_and_bias(int set)
    {
        foreach (var accumulate in new[] { false, true })
        {
            using var gemm = new GemmCase(14, 35, 0, GemmLayout.Rows, accumulate: accumulate, bias: true);
            gemm.Run(_two, (InstructionSet)set);
            gemm.Check("K = 0");
            gemm.RunBatch(_two, (InstructionSet)set);
            gemm.Check("K = 0, batch");
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Run_without_rows_or_columns_touches_nothing(int set)
    {
        foreach (var (m, n) in new[] { (0, 5), (5, 0), (0, 0) })
        {
            using var gemm = new GemmCase(m, n, 8, GemmLayout.Rows);
            gemm.Run(_two, (InstructionSet)set);
            gemm.Check($"{m} x {n}");
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Run_nan_stays_in_its_row(int set)
    {
        // Packed panels are padded: neither the padding nor a neighbour may carry a NaN on.
        using var gemm = new GemmCase(15, 18, 20, GemmLayout.Rows);
        gemm.Problem.A[14 * gemm.Problem.ARow + 3] = float.NaN;
        gemm.Run(_one, (InstructionSet)set);
        var result = gemm.Result;
        Assert.All(result[..(14 * 18)], v => Assert.True(float.IsFinite(v)));
        Assert.All(result[(14 * 18)..], v => Assert.True(float.IsNaN(v)));
    }

    [Theory, MemberData(nameof(Sets))]
    public void Run_inside_a_region_matches_the_reference(int set)
    {
        using var gemm = new GemmCase(120, 90, 100, GemmLayout.BTransposed);
        var work = new NestedWork { Case = gemm, Workers = _two, Set = (InstructionSet)set };
        _two.For(2, ref work);
        gemm.Check("nested");
    }

    [Theory, MemberData(nameof(Sets))]
    public void Run_after_warm_up_allocates_nothing(int set)
    {
        using var gemm = new GemmCase(150, 150, 150, GemmLayout.BTransposed);
        var problem = gemm.Problem;
        Gemm.Run(_two, (InstructionSet)set, problem);
        var least = Enumerable.Range(0, 10).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Gemm.Run(_two, (InstructionSet)set, problem);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });

        // The least of ten: a blocked wait may allocate inside the runtime on a loaded machine. One packed panel is 19 KB.
        Assert.InRange(least, 0, 1_024);
    }

    [Fact]
    public void Run_impossible_problems_are_refused_by_name()
    {
        Assert.Contains("K -3", Refusal(new GemmProblem { M = 1, N = 2, K = -3 }));
        var missing = Enum.GetValues<InstructionSet>().First(s => !InstructionSets.IsSupported(s));
        Assert.Contains(missing.ToString(), Assert.Throws<PlatformNotSupportedException>(() => Gemm.Run(_one, missing, default)).Message);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        _three.Dispose();
    }

    private string Refusal(GemmProblem p) =>
        Assert.Throws<ArgumentException>(() => Gemm.Run(_one, InstructionSet.Portable, p)).Message;

    private struct NestedWork : IWork
    {
        public GemmCase Case;
        public Workers Workers;
        public InstructionSet Set;

        public readonly void Run(int index, int worker)
        {
            if (index == 1)
            {
                Case.Run(Workers, Set);
            }
        }
    }
}
