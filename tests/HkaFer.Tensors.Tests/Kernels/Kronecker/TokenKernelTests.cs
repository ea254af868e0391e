using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Kernels;

/// <summary>The three kernels under the adapters, for every small size, in memory that may not be overrun.</summary>
public unsafe class TokenKernelTests
{
    public static TheoryData<int> Sets => [.. InstructionSets.Supported.Select(s => (int)s)];

    [Theory, MemberData(nameof(Sets))]
    public void Transpose_every_size_there_and_back(int set)
    {
        var kernel = default(TransposeKernel);
        InstructionSets.Run((InstructionSet)set, ref kernel);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Product_every_size_matches_loops(int set)
    {
        var kernel = default(ProductKernel);
        InstructionSets.Run((InstructionSet)set, ref kernel);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Contraction_every_size_matches_loops(int set)
    {
        var kernel = default(ContractionKernel);
        InstructionSets.Run((InstructionSet)set, ref kernel);
    }

    /// <summary>Small integers: every order of summation gives the same bits.</summary>
    private static void FillIntegers(GuardedFloats floats, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < floats.Length; i++)
        {
            floats.Span[i] = random.Next(-8, 9);
        }
    }

    private struct TransposeKernel : ISimdKernel
    {
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            for (var tokens = 1; tokens <= TSimd.Count; tokens++)
            {
                foreach (var entries in new[] { 1, 7, 8, 15, 16, 17, 37, 48 })
                {
                    using GuardedFloats rows = new(tokens * entries), back = new(tokens * entries), vectors = new(entries * TSimd.Count);
                    FillIntegers(rows, entries);
                    FillIntegers(back, 1);
                    var before = back.Span.ToArray();
                    TokenTranspose.Gather<TSimd, TVector>(rows.Pointer, tokens, entries, vectors.Pointer);
                    for (var i = 0; i < vectors.Length; i++)
                    {
                        int e = i / TSimd.Count, t = i % TSimd.Count;
                        Assert.Equal(t < tokens ? rows.Span[(t * entries) + e] : 0, vectors.Span[i]);
                    }
                    TokenTranspose.Scatter<TSimd, TVector>(vectors.Pointer, tokens, entries, back.Pointer, add: true);
                    for (var i = 0; i < before.Length; i++)
                    {
                        Assert.Equal(before[i] + rows.Span[i], back.Span[i]);
                    }
                    TokenTranspose.Scatter<TSimd, TVector>(vectors.Pointer, tokens, entries, back.Pointer, add: false);
                    Assert.True(back.Span.SequenceEqual(rows.Span));
                    rows.Check();
                    back.Check();
                    vectors.Check();
                }
            }
        }
    }

    private struct ProductKernel : ISimdKernel
    {
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            foreach (var rows in Enumerable.Range(1, 10))
            {
                foreach (var depth in new[] { 1, 2, 5 })
                {
                    foreach (var columns in Enumerable.Range(1, 9))
                    {
                        Check<TSimd, TVector>(rows, depth, columns, add: false, transposed: false);
                        Check<TSimd, TVector>(rows, depth, columns, add: true, transposed: true);
                    }
                }
            }
        }

        private static void Check<TSimd, TVector>(int rows, int depth, int columns, bool add, bool transposed)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            using GuardedFloats w = new(rows * depth), packed = new(TokenProduct.PackedLength(rows, depth));
            using GuardedFloats x = new(depth * columns * TSimd.Count), y = new(rows * columns * TSimd.Count);
            FillIntegers(w, 1);
            FillIntegers(x, 2);
            FillIntegers(y, 3);
            TokenMatrix xMatrix = transposed ? new(x.Pointer, 1, depth) : new(x.Pointer, columns, 1);
            TokenMatrix yMatrix = transposed ? new(y.Pointer, 1, rows) : new(y.Pointer, columns, 1);
            var expected = y.Span.ToArray();
            for (var i = 0; i < expected.Length; i++)
            {
                int lane = i % TSimd.Count, at = i / TSimd.Count;
                var (r, c) = transposed ? (at % rows, at / rows) : (at / columns, at % columns);
                var sum = add ? expected[i] : 0;
                for (var k = 0; k < depth; k++)
                {
                    sum += 2 * w.Span[(r * depth) + k] * x.Span[(((k * xMatrix.RowStep) + (c * xMatrix.ColumnStep)) * TSimd.Count) + lane];
                }
                expected[i] = sum;
            }
            TokenProduct.Pack(w.Pointer, rows, depth, depth, 1, 2, packed.Pointer);
            TokenProduct.Run<TSimd, TVector>(packed.Pointer, rows, depth, xMatrix, columns, yMatrix, add);
            Assert.Equal(expected, y.Span.ToArray());
            packed.Check();
            y.Check();
        }
    }

    private struct ContractionKernel : ISimdKernel
    {
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            foreach (var rows in Enumerable.Range(1, 9))
            {
                foreach (var columns in Enumerable.Range(1, 9))
                {
                    Check<TSimd, TVector>(rows, columns, depth: 1, groups: 1);
                    Check<TSimd, TVector>(rows, columns, depth: 3, groups: 2);
                }
            }
        }

        private static void Check<TSimd, TVector>(int rows, int columns, int depth, int groups)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            // A group holds P [rows, depth], then Q [columns, depth] column by column.
            var vectors = (rows + columns) * depth;
            using GuardedFloats memory = new(groups * vectors * TSimd.Count), sums = new(rows * columns);
            FillIntegers(memory, 1);
            FillIntegers(sums, 2);
            var expected = sums.Span.ToArray();
            for (var i = 0; i < expected.Length; i++)
            {
                for (var at = 0; at < groups * depth * TSimd.Count; at++)
                {
                    int lane = at % TSimd.Count, c = at / TSimd.Count % depth, start = at / TSimd.Count / depth * vectors;
                    int p = start + (i / columns * depth) + c, q = start + (rows * depth) + (c * columns) + (i % columns);
                    expected[i] += memory.Span[(p * TSimd.Count) + lane] * memory.Span[(q * TSimd.Count) + lane];
                }
            }
            TokenContraction.Run<TSimd, TVector>(
                new(memory.Pointer, depth, 1), rows, new(memory.Pointer + (rows * depth * TSimd.Count), 1, columns), columns, depth,
                groups, vectors * TSimd.Count, sums.Pointer, columns);
            Assert.Equal(expected, sums.Span.ToArray());
            sums.Check();
        }
    }
}
