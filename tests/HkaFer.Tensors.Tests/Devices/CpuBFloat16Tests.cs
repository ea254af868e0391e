using HkaFer.Testing;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Devices;

/// <summary>Products of float32 with bfloat16 weights. Where oneDNN is missing those that need it are skipped by name.</summary>
public class CpuBFloat16Tests
{
    private static readonly (int M, int N, int K)[] s_sizes = [(1, 1, 1), (1, 33, 17), (5, 7, 9), (37, 128, 64), (64, 96, 384), (131, 257, 70)];

    public static bool IsHere => OneDnnLibrary.Found is not null;

    [Theory(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Product_is_that_of_the_rounded_input(int threads)
    {
        CpuDevice device = Device(threads, bfloat16: true);
        foreach ((int m, int n, int k) in s_sizes)
        {
            foreach (bool transposed in (bool[])[false, true])
            {
                Check(device, m, n, k, transposed, bias: true, accumulate: false);
                Check(device, m, n, k, transposed, bias: false, accumulate: true);
            }
        }
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    public void Product_with_an_epilogue_is_the_product_and_then_the_epilogue()
    {
        CpuDevice device = Device(3, bfloat16: true);
        Tensor a = Random(1, [131, 70]), b = Random(2, [257, 70]).To(DType.BFloat16).TransposeView(0, 1);
        Tensor bias = Random(3, [257]), scale = Random(4, [257]), residual = Random(5, [131, 257]);
        Tensor plain = Tensor.Empty([131, 257], DType.Float32), fused = plain.Clone();
        device.Gemm(a, b, plain, bias: bias);
        device.Activate(Activation.Gelu, plain, plain);
        device.AddScaled(plain, scale, residual, plain);
        device.Gemm(a, b, fused, bias: bias, epilogue: new Epilogue(Activation.Gelu, scale, residual));
        Assert.Equal(plain.ToBytes(), fused.ToBytes());
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    public void Product_is_the_same_to_rounding_for_any_number_of_threads_and_to_the_bit_for_one()
    {
        // As layers of a ViT-S have them, and the gradients of LoRA beside them, which are cut into columns.
        foreach ((int m, int n, int k) in new[] { (131, 257, 70), (1028, 384, 1536), (1028, 1152, 384), (32, 1536, 1028), (32, 384, 1028) })
        {
            Tensor a = Random(1, [m, k]), b = Random(2, [n, k]).To(DType.BFloat16).TransposeView(0, 1), one = Result(1, a, b);
            foreach (int threads in (int[])[1, 2, 3])
            {
                Tensor c = Result(threads, a, b);
                Near.Relative(one.ToDoubles(), c.ToFloats(), 1e-6, $"{m} x {n} over {k}, {threads} threads");
                Assert.Equal(c.ToBytes(), Result(threads, a, b).ToBytes());
            }
        }

        static Tensor Result(int threads, Tensor a, Tensor b)
        {
            Tensor c = Tensor.Empty([a.Shape[0], b.Shape[1]], DType.Float32);
            Device(threads, true).Gemm(a, b, c);
            return c;
        }
    }

    [Theory(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    [InlineData(true, 16, 40)]
    [InlineData(false, 8, 40)]
    [InlineData(false, 16, 31)]
    public void Attention_that_is_not_worth_it_stays_in_float32(bool causal, int dim, int queries)
    {
        Tensor q = Random(1, [1, 2, queries, dim]), k = Random(2, [1, 2, 40, dim]), v = Random(3, [1, 2, 40, dim]);
        byte[] Run(bool narrow)
        {
            Tensor y = Tensor.Empty(q.Shape), lse = Tensor.Empty(q.Shape.Leading), gq = q.Clone(), gk = k.Clone(), gv = v.Clone();
            CpuDevice device = Device(2, bfloat16: true);
            device.Attention(q, k, v, 0.3, causal, y, lse, narrow);
            device.AttentionBackward(q, k, v, 0.3, causal, y, lse, q, gq, gk, gv, narrow);
            return [.. new[] { y, lse, gq, gk, gv }.SelectMany(t => t.ToBytes())];
        }

        Assert.Equal(Run(narrow: false), Run(narrow: true));
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    public void Attention_in_bfloat16_on_a_fused_projection_reads_and_writes_in_place()
    {
        // Heads side by side in memory, and fewer queries than keys, as the last block has them.
        float[][] Run(bool narrow)
        {
            Tensor qkv = Random(1, [2, 50, 3 * 64]);
            qkv.RequiresGrad = true;
            using IDisposable step = Tape.Step();
            Tensor some = Ops.SelfAttention(qkv, 4, queries: 36, narrow: narrow), all = Ops.SelfAttention(qkv, 4, narrow: narrow);
            Ops.Concat(1, some, all).Backward(Random(2, [2, 86, 64]));
            return [some.ToFloats(), all.ToFloats(), qkv.Grad!.ToFloats()];
        }

        foreach ((float[] wide, float[] narrow) in Run(narrow: false).Zip(Run(narrow: true)))
        {
            Near.Relative(wide, narrow, 0.02, "fused");
            Assert.NotEqual(wide, narrow);
        }
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    public void Product_of_two_bfloat16_matrices_is_that_of_their_values_however_it_is_cut()
    {
        // Few rows and many columns are cut into columns, others into rows; widths around steps of 16.
        foreach ((int m, int n, int k) in s_sizes.Concat([(3, 1000, 65), (32, 31, 5), (64, 193, 70), (65, 193, 70)]))
        {
            Tensor a = Random(1, [m, k]).To(DType.BFloat16), b = Random(2, [k, n]).To(DType.BFloat16), bias = Random(4, [n]), start = Random(5, [m, n]), expected = start.Clone();
            Tensors.Device.Reference.Gemm(a, b, new Target(expected, true), bias: bias);
            foreach (int threads in (int[])[1, 2, 3, 7])
            {
                Tensor c = start.Clone();
                Device(threads, bfloat16: true).Gemm(a, b, new Target(c, true), bias: bias);
                Near.Relative(expected.ToDoubles(), c.ToFloats(), 1e-5, $"{m} x {n} over {k}, {threads} threads");
            }
        }
    }

    [Fact]
    public void Product_of_two_bfloat16_matrices_needs_no_library()
    {
        Tensor a = Random(1, [9, 20]).To(DType.BFloat16), b = Random(2, [20, 33]).To(DType.BFloat16), c = Tensor.Empty([9, 33], DType.Float32), expected = c.Clone();
        Device(2, bfloat16: false).Gemm(a, b, c);
        Tensors.Device.Reference.Gemm(a.To(DType.Float32), b.To(DType.Float32), expected);
        Near.Relative(expected.ToDoubles(), c.ToFloats(), 1e-6, "widened");
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    public void Attention_in_bfloat16_is_near_that_in_float32()
    {
        // batch, heads, key heads, queries, keys, dim: one block and several, keys around whole vectors.
        foreach ((int b, int h, int kv, int t, int s, int dim) in new[] { (1, 1, 1, 32, 2, 16), (2, 3, 3, 37, 48, 64), (1, 4, 2, 257, 257, 64), (1, 1, 1, 300, 433, 32), (1, 2, 1, 40, 31, 80) })
        {
            Tensor q = Random(1, [b, h, t, dim]), k = Random(2, [b, kv, s, dim]), v = Random(3, [b, kv, s, dim]), g = Random(4, [b, h, t, dim]);
            Tensor[] Run(CpuDevice device, bool narrow, bool accumulate)
            {
                Tensor y = Tensor.Empty(q.Shape), lse = Tensor.Empty(q.Shape.Leading), gq = q.Clone(), gk = k.Clone(), gv = v.Clone();
                device.Attention(q, k, v, 1 / Math.Sqrt(dim), false, y, lse, narrow);
                device.AttentionBackward(
                    q, k, v, 1 / Math.Sqrt(dim), false, y, lse, g, new Target(gq, accumulate), new Target(gk, accumulate), new Target(gv, accumulate), narrow);
                return [y, lse, gq, gk, gv];
            }

            foreach (bool accumulate in (bool[])[false, true])
            {
                // Operands have 8 bits; a gradient is a difference of terms of the size of what is multiplied.
                string[] names = ["y", "lse", "gq", "gk", "gv"];
                Tensor[] wide = Run(Device(2, bfloat16: true), narrow: false, accumulate), narrow = Run(Device(1, bfloat16: true), narrow: true, accumulate);
                for (int i = 0; i < names.Length; i++)
                {
                    Near.Relative(wide[i].ToDoubles(), narrow[i].ToFloats(), 0.02, $"{names[i]} {b}x{h}/{kv}x{t}x{s}x{dim}");
                }

                Assert.NotEqual(wide[0].ToBytes(), narrow[0].ToBytes());
                Assert.Equal(narrow.Select(x => x.ToBytes()), Run(Device(3, bfloat16: true), narrow: true, accumulate).Select(x => x.ToBytes()));
            }
        }
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    public void Low_rank_product_in_bfloat16_is_near_that_in_float32_in_all_gradients()
    {
        foreach ((int rows, int input, int output, int rank, int start) in new[] { (33, 16, 33, 1, 0), (131, 40, 64, 8, 0), (257, 48, 30, 4, 10) })
        {
            float[][] Run(bool narrow)
            {
                Tensor[] x = [Random(1, [rows, 64]), Random(2, [rows, input]), Random(3, [rank, input]), Random(4, [output, rank])];
                Array.ForEach(x, t => t.RequiresGrad = true);
                using IDisposable step = Tape.Step();
                Tensor y = Ops.AddLowRank(Ops.Scale(x[0], 1), x[1], x[2], x[3], 0.5, start, narrow);
                y.Backward(Random(5, [rows, 64]));

                // A second time on what is there, and on an input that others pass gradients to as well.
                Ops.Add(Ops.AddLowRank(Ops.Scale(x[0], 1), x[1], x[2], x[3], 0.5, start, narrow), Ops.Linear(x[1], Random(6, [64, input]))).Backward(Random(7, [rows, 64]));
                return [y.ToFloats(), .. x.Select(t => t.Grad!.ToFloats())];
            }

            float[][] wide = Run(narrow: false), narrow = Run(narrow: true);
            Assert.NotEqual(wide[0], narrow[0]);
            string[] names = ["y", "base", "x", "A", "B"];
            for (int i = 0; i < names.Length; i++)
            {
                Near.Relative(wide[i], narrow[i], 0.01, $"{names[i]} {rows} rows, rank {rank}");
            }
        }
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    public void Packed_weights_give_the_same_bits_in_both_directions()
    {
        foreach ((int m, int n, int k) in s_sizes)
        {
            Tensor w = Random(2, [n, k]).To(DType.BFloat16), kept = w.Clone(), x = Random(1, [m, k]), g = Random(3, [m, n]);
            kept.KeepPacked();
            foreach (int threads in (int[])[1, 3, 2])
            {
                CpuDevice device = Device(threads, bfloat16: true);
                Assert.Equal(Product(device, x, w.TransposeView(0, 1)), Product(device, x, kept.TransposeView(0, 1)));
                Assert.Equal(Product(device, g, w), Product(device, g, kept));
            }
        }
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = "oneDNN with bfloat16 arithmetic is not on this machine")]
    public void Memory_of_shapes_that_are_no_longer_kept_is_given_back()
    {
        CpuDevice device = Device(1, bfloat16: true);
        Tensor b = Random(2, [16, 8]).To(DType.BFloat16).TransposeView(0, 1);
        for (int rows = 1; rows <= BFloat16Product.MaxPlans + 100; rows++)
        {
            device.Gemm(Tensor.Zeros([rows, 8]), b, Tensor.Zeros([rows, 16]));
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.InRange(BFloat16Product.Alive, 1, BFloat16Product.MaxPlans - 1);
        Check(device, 7, 16, 8, transposed: true, bias: true, accumulate: true);
    }

    [Fact]
    public void Without_the_library_weights_are_widened_and_nothing_is_rounded()
    {
        CpuDevice device = Device(2, bfloat16: false);
        foreach ((int m, int n, int k) in s_sizes)
        {
            Tensor a = Random(3, [m, k]), w = Random(4, [n, k]).To(DType.BFloat16);
            Tensor few = Tensor.Empty([m, n], DType.Float32), expected = few.Clone();
            device.Gemm(a, w.TransposeView(0, 1), few);
            device.Gemm(a, w.To(DType.Float32).TransposeView(0, 1), expected);
            if (m > GemmDotsBFloat16.MaxRows)
            {
                Assert.Equal(expected.ToBytes(), few.ToBytes());
            }

            // A few rows are multiplied as they lie, in another order of the terms.
            Near.Relative(expected.ToDoubles(), few.ToFloats(), 1e-6, $"{m} x {n} over {k}");
            Tensor v = Random(5, [k, n]).To(DType.BFloat16);
            Assert.Equal(Product(device, a, v.To(DType.Float32)), Product(device, a, v));
        }
    }

    [Fact]
    public void Weights_are_widened_a_block_of_columns_at_a_time()
    {
        var device = new CpuDevice(bfloat16: false) { WidenedElements = 700 };
        foreach (bool transposed in (bool[])[false, true])
        {
            Check(device, 37, 128, 64, transposed, bias: true, accumulate: false);
            Check(device, 5, 33, 70, transposed, bias: false, accumulate: true);
            Check(device, 1, 3, 900, transposed, bias: true, accumulate: true);
        }

        Tensor a = Random(1, [2, 3, 64]), b = Random(2, [128, 64]).To(DType.BFloat16).TransposeView(0, 1), c = Random(3, [2, 3, 128]), expected = c.Clone();
        device.Gemm(a, b, c);
        Tensors.Device.Reference.Gemm(a, b, expected);
        Near.Relative(expected.ToDoubles(), c.ToFloats(), 1e-5, "leading axes");
    }

    [Fact]
    public void Frozen_weights_of_16_bits_pass_gradients_on()
    {
        Tensor x = Random(6, [9, 24]), w = Random(7, [16, 24]), upstream = Random(8, [9, 16]);
        float[] wide = Gradient(w.To(DType.BFloat16).To(DType.Float32)), narrow = Gradient(w.To(DType.BFloat16));

        // The upstream gradient is rounded to 8 bits where the product runs in bfloat16.
        Near.Relative(wide, narrow, 1e-2, "gradient");

        float[] Gradient(Tensor weight)
        {
            Tensor input = x.Clone();
            input.RequiresGrad = true;
            Ops.Linear(input, weight).Backward(upstream);
            return input.Grad!.ToFloats();
        }
    }

    private static void Check(CpuDevice device, int m, int n, int k, bool transposed, bool bias, bool accumulate)
    {
        Tensor a = Random(1, [m, k]).To(DType.BFloat16).To(DType.Float32), b = transposed ? Random(2, [n, k]).To(DType.BFloat16).TransposeView(0, 1) : Random(2, [k, n]).To(DType.BFloat16);
        Tensor c = Random(3, [m, n]), expected = c.Clone();
        Tensor? add = bias ? Random(4, [n]) : null;
        device.Gemm(a, b, new Target(c, accumulate), bias: add);
        Tensors.Device.Reference.Gemm(a.To(DType.BFloat16), b, new Target(expected, accumulate), bias: add);
        Near.Relative(expected.ToDoubles(), c.ToFloats(), 1e-5, $"{m} x {n} over {k}, transposed {transposed}, add {accumulate}");
    }

    private static byte[] Product(CpuDevice device, Tensor a, Tensor b)
    {
        Tensor c = Tensor.Empty([a.Shape[0], b.Shape[1]], DType.Float32);
        device.Gemm(a, b, c);
        return c.ToBytes();
    }

    private static CpuDevice Device(int threads, bool bfloat16) => new(InstructionSets.Best, new Workers(threads), bfloat16);

    private static Tensor Random(ulong seed, Shape shape)
    {
        var rng = new Rng(seed);
        return Tensor.From([.. Enumerable.Range(0, (int)shape.Count).Select(_ => (float)rng.Normal())], shape);
    }
}
