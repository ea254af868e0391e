using HkaFer.Testing;

namespace HkaFer.Tensors.Tests.Devices;

public class CpuAttentionTests
{
    public static TheoryData<string> Sets => TestDevices.Sets;

    [Theory, MemberData(nameof(Sets))]
    public void Attention_of_any_sizes_matches_the_reference(string set)
    {
        // batch, heads, key heads, tokens, keys, dim: around tiles of 6, blocks of 24 and 48, and vectors of 16.
        foreach ((int b, int h, int kv, int t, int s, int dim) in new[]
        {
            (1, 1, 1, 1, 1, 1), (1, 1, 1, 1, 5, 3), (2, 3, 3, 6, 7, 16), (1, 2, 1, 7, 15, 8), (2, 4, 2, 23, 17, 24), (1, 1, 1, 24, 32, 32),
            (1, 2, 2, 25, 33, 33), (1, 6, 2, 37, 37, 32), (1, 1, 1, 48, 47, 64),
            (1, 1, 1, 49, 50, 17), (1, 2, 2, 100, 131, 80), (1, 1, 1, 131, 64, 128),
        })
        {
            foreach (bool causal in new[] { false, true })
            {
                using var twin = new Twin(TestDevices.Of(set), t);
                string name = $"{b}x{h}/{kv}x{t}x{s}x{dim}{(causal ? " causal" : "")}";
                Pair q = twin.Random([b, h, t, dim], 2), k = twin.Random([b, kv, s, dim], 2), v = twin.Random([b, kv, s, dim]);
                Pair gy = twin.Random([b, h, t, dim]);
                Check(twin, name, q, k, v, gy, causal, accumulate: t % 2 == 0, 1 / Math.Sqrt(dim));
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Attention_on_a_fused_projection_reads_and_writes_in_place(string set)
    {
        const int Batch = 2, Heads = 3, Tokens = 29, Dim = 20, Width = Heads * Dim;
        foreach (bool add in new[] { false, true })
        {
            using var twin = new Twin(TestDevices.Of(set));
            Pair qkv = twin.Random([Batch, Tokens, 3 * Width], 2), gqkv = twin.Result([Batch, Tokens, 3 * Width], add);
            Pair y = twin.Result([Batch, Tokens, Width]), gy = twin.Random([Batch, Tokens, Width]);
            Pair lse = twin.Result([Batch, Heads, Tokens]);
            twin.Run((d, at) =>
            {
                Tensor Part(Pair pair, int part) => Split(at(pair).SliceView(2, part * Width, Width));
                d.Attention(Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), 0.2, false, Split(at(y)), at(lse));
                d.AttentionBackward(
                    Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), 0.2, false, Split(at(y)), at(lse), Split(at(gy)),
                    new Target(Part(gqkv, 0), add), new Target(Part(gqkv, 1), add), new Target(Part(gqkv, 2), add));
            });
            Twin.Near(y, 2e-6, "fused");
            Twin.Near(gqkv, 4e-6, "fused gradient");
        }

        static Tensor Split(Tensor x) =>
            new(x.Storage, [Batch, Heads, Tokens, Dim], x.DType, [x.Strides[0], Dim, x.Strides[1], 1], x.Offset);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Attention_with_large_scores_does_not_overflow(string set)
    {
        using var twin = new Twin(TestDevices.Of(set));
        Pair q = twin.Random([1, 1, 9, 8], 40), k = twin.Random([1, 1, 9, 8], 40), v = twin.Random([1, 1, 9, 8]);
        Pair gy = twin.Random([1, 1, 9, 8]);

        // Scores reach thousands, so that a rounding unit of a score is 1e-4: compare loosely, but nothing may be NaN.
        Check(twin, "large", q, k, v, gy, false, false, 1, 1e-3);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Attention_with_a_negative_scale_matches_the_reference(string set)
    {
        using var twin = new Twin(TestDevices.Of(set));
        Pair q = twin.Random([1, 2, 9, 8]), k = twin.Random([1, 2, 9, 8]), v = twin.Random([1, 2, 9, 8]), gy = twin.Random([1, 2, 9, 8]);
        Check(twin, "negative scale", q, k, v, gy, true, true, -0.7);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Causal_query_before_all_keys_gives_zero(string set)
    {
        using var twin = new Twin(TestDevices.Of(set));
        Pair q = twin.Random([1, 1, 5, 4]), k = twin.Random([1, 1, 3, 4]), v = twin.Random([1, 1, 3, 4]), gy = twin.Random([1, 1, 5, 4]);
        Pair y = twin.Result([1, 1, 5, 4]), lse = twin.Result([1, 1, 5]), gq = twin.Result([1, 1, 5, 4]), gk = twin.Result([1, 1, 3, 4]);
        Pair gv = twin.Result([1, 1, 3, 4]);
        twin.Run((d, at) =>
        {
            d.Attention(at(q), at(k), at(v), 0.5, true, at(y), at(lse));
            d.AttentionBackward(at(q), at(k), at(v), 0.5, true, at(y), at(lse), at(gy), at(gq), at(gk), at(gv));
        });
        Assert.Equal(new float[8], y.Fast.ToFloats()[..8]);
        Assert.Equal(float.NegativeInfinity, lse.Fast.ToFloats()[0]);
        foreach (Pair result in new[] { y, gq, gk, gv }) { Twin.Near(result, 2e-6, "queries 0 and 1 see nothing"); }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Results_do_not_depend_on_the_number_of_threads(string set)
    {
        // One head, which the forward pass splits among threads, and several.
        foreach (int heads in new[] { 1, 4 })
        {
            float[][] Run(int threads)
            {
                CpuDevice d = TestDevices.Of(set, threads);
                var random = new Random(7);
                float[] Values() => [.. Enumerable.Range(0, heads * 101 * 24).Select(_ => random.NextSingle() - 0.5f)];
                Tensor Random() => Tensor.From(Values(), [1, heads, 101, 24], d);
                Tensor q = Random(), k = Random(), v = Random(), g = Random();
                Tensor y = q.Clone(), lse = Tensor.Empty([1, heads, 101], DType.Float32, d);
                Tensor gq = q.Clone(), gk = q.Clone(), gv = q.Clone();
                d.Attention(q, k, v, 0.2, false, y, lse);
                d.AttentionBackward(q, k, v, 0.2, false, y, lse, g, gq, gk, gv);
                return [y.ToFloats(), lse.ToFloats(), gq.ToFloats(), gk.ToFloats(), gv.ToFloats()];
            }

            float[][] single = Run(1);
            Assert.Equal(single, Run(2));
            Assert.Equal(single, Run(3));
        }
    }

    [Fact]
    public void Padding_of_scratch_memory_does_not_leak_into_results()
    {
        // NaN everywhere in the thread's scratch memory, then a small problem that pads rows, keys and dims.
        CpuDevice d = TestDevices.Of(Tensors.Kernels.InstructionSets.Best.ToString(), 1);
        Tensor Full(Shape shape, double value) => Tensor.Full(shape, value, DType.Float32, d);
        Tensor big = Full([1, 1, 100, 64], double.NaN), y = Full(big.Shape, 0), lse = Full([1, 1, 100], 0);
        d.Attention(big, big, big, 1, false, y, lse);
        d.AttentionBackward(big, big, big, 1, false, y, lse, big, Full(big.Shape, 0), Full(big.Shape, 0), Full(big.Shape, 0));
        using var twin = new Twin(d);
        Pair q = twin.Random([1, 1, 7, 5]), k = twin.Random([1, 1, 9, 5]), v = twin.Random([1, 1, 9, 5]), gy = twin.Random([1, 1, 7, 5]);
        Check(twin, "after NaN", q, k, v, gy, true, false, 1);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Rotation_matches_the_reference(string set)
    {
        // Halves below, at and above a vector of every set; rows with a gap between them, as a part of a fused projection has.
        foreach ((int tokens, int heads, int half) in new[] { (1, 1, 1), (3, 2, 7), (5, 3, 16), (70, 2, 40), (9, 4, 33) })
        {
            foreach (bool back in new[] { false, true })
            {
                using var twin = new Twin(TestDevices.Of(set), half);
                int width = heads * 2 * half;
                Pair x = twin.Random([tokens, width + 3]), cos = twin.Random([tokens, half]), sin = twin.Random([tokens, half]);
                Pair y = twin.Result([tokens, width], accumulate: back);
                twin.Run((d, at) => d.Rotate(Heads(at(x)), at(cos), at(sin), back, new Target(Heads(at(y)), back)));
                Twin.Near(y, 1e-6, $"{tokens}x{heads}x{half}");
                Tensor Heads(Tensor t) => new(t.Storage, [tokens, heads, 2 * half], t.DType, [t.Strides[0], 2 * half, 1], t.Offset);
            }
        }
    }

    private static void Check(
        Twin twin, string name, Pair q, Pair k, Pair v, Pair gy, bool causal, bool accumulate, double scale, double tolerance = 4e-6)
    {
        Pair y = twin.Result(q.Fast.Shape), lse = twin.Result(q.Fast.Shape.Leading);
        Pair gq = twin.Result(q.Fast.Shape, accumulate), gk = twin.Result(k.Fast.Shape, accumulate);
        Pair gv = twin.Result(k.Fast.Shape, accumulate);
        twin.Run((d, at) =>
        {
            d.Attention(at(q), at(k), at(v), scale, causal, at(y), at(lse));
            d.AttentionBackward(
                at(q), at(k), at(v), scale, causal, at(y), at(lse), at(gy),
                new Target(at(gq), accumulate), new Target(at(gk), accumulate), new Target(at(gv), accumulate));
        });

        // Causal queries before the first key have no sum at all: -infinity on both sides, which is no number to compare.
        double[] sums = lse.Plain.ToDoubles();
        float[] got = lse.Fast.ToFloats();
        Assert.Equal(sums.Select(double.IsNegativeInfinity), got.Select(float.IsNegativeInfinity));
        Near.Relative(
            [.. sums.Where(double.IsFinite)], [.. got.Where(v => !float.IsNegativeInfinity(v))], tolerance, $"lse {name}", floor: 1);
        Near.Relative(y.Plain.ToDoubles(), y.Fast.ToFloats(), tolerance, $"y {name}");

        // A softmax over one key has no gradient: what is left is rounding of terms of the size of gy.
        foreach ((Pair gradient, string what) in new[] { (gq, "gq"), (gk, "gk"), (gv, "gv") })
        {
            Near.Relative(gradient.Plain.ToDoubles(), gradient.Fast.ToFloats(), tolerance, $"{what} {name}", floor: 1);
        }
    }
}
