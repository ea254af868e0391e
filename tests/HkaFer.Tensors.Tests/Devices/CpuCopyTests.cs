using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Devices;

public class CpuCopyTests
{
    public static TheoryData<string> Sets => TestDevices.Sets;

    [Theory, MemberData(nameof(Sets))]
    public void Dense_copy_at_every_length_matches_the_reference(string set)
    {
        for (int n = 0; n <= 256; n++) { Check(set, [n], [n], x => x, y => y); }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Slices_and_joins_match_the_reference(string set)
    {
        Check(set, [3, 9, 20], [3, 4, 20], x => x.SliceView(1, 2, 4), y => y);
        Check(set, [3, 4, 20], [3, 9, 20], x => x, y => y.SliceView(1, 5, 4));
        Check(set, [2, 5, 3, 7], [2, 5, 3, 4], x => x.SliceView(3, 3, 4), y => y);
        Check(set, [40, 1, 30], [40, 30, 2], x => x.ReshapeView([40, 30, 1]), y => y.SliceView(2, 1, 1));
        Check(set, [70_000], [140_000], x => x, y => y.SliceView(0, 70_000, 70_000));
    }

    [Theory, MemberData(nameof(Sets))]
    public void Broadcasts_match_the_reference(string set)
    {
        Check(set, [1, 9, 20], [5, 9, 20], x => x.BroadcastView([5, 9, 20]), y => y);
        Check(set, [20], [5, 9, 20], x => x.BroadcastView([5, 9, 20]), y => y);
        Check(set, [1], [131], x => x.BroadcastView([131]), y => y);
        Check(set, [7, 1], [7, 33], x => x.BroadcastView([7, 33]), y => y);
        Check(set, [7, 1], [7, 70_001], x => x.BroadcastView([7, 70_001]), y => y);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Transposes_match_the_reference(string set)
    {
        foreach ((int rows, int columns) in new[] { (1, 1), (3, 5), (4, 4), (32, 32), (33, 65), (100, 7), (6, 130) })
        {
            Check(set, [rows, columns], [columns, rows], x => x.TransposeView(0, 1), y => y);
            Check(set, [3, rows, columns], [3, columns, rows], x => x.TransposeView(1, 2), y => y);
            Check(set, [2, rows, 4, columns], [2, 4, rows, columns], x => x.TransposeView(1, 2), y => y);
        }

        Check(set, [5, 6, 7], [7, 6, 5], x => x.TransposeView(0, 2), y => y);
        Check(set, [9, 30], [20, 9], x => x.SliceView(1, 5, 20).TransposeView(0, 1), y => y);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Layouts_without_a_kernel_match_the_reference(string set)
    {
        // Every second element on either side, and more axes than a plan holds.
        Check(set, [10, 2], [10], x => Column(x), y => y);
        Check(set, [10], [10, 2], x => x, y => Column(y));
        Check(set, [2, 2, 2, 2, 2, 2, 2, 2], [2, 2, 2, 2, 2, 2, 2, 2], x => x.TransposeView(0, 7).TransposeView(2, 5), y => y);

        static Tensor Column(Tensor x) => x.SliceView(1, 1, 1).DropAxisView(1, [10]);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Conversions_give_the_bits_of_the_scalar_types(string set)
    {
        CpuDevice d = TestDevices.Of(set);

        // All 65536 patterns, and float32 values around every one of their rounding limits.
        ushort[] patterns = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        foreach (DType type in new[] { DType.BFloat16, DType.Float16 })
        {
            float Widened(ushort bits) => type == DType.BFloat16 ? (float)new BFloat16(bits) : (float)BitConverter.UInt16BitsToHalf(bits);
            ushort Narrowed(float v) => type == DType.BFloat16 ? ((BFloat16)v).Bits : BitConverter.HalfToUInt16Bits((Half)v);
            ushort[] Bits(Tensor x) => type == DType.BFloat16
                ? Array.ConvertAll(x.ToArray<BFloat16>(), v => v.Bits)
                : Array.ConvertAll(x.ToArray<Half>(), BitConverter.HalfToUInt16Bits);
            Tensor narrow = type == DType.BFloat16
                ? Tensor.From(Array.ConvertAll(patterns, v => new BFloat16(v)), [65536], d)
                : Tensor.From(Array.ConvertAll(patterns, BitConverter.UInt16BitsToHalf), [65536], d);
            Assert.Equal(
                patterns.Select(v => BitConverter.SingleToUInt32Bits(Widened(v))).Where(NotNaN),
                narrow.To(DType.Float32).ToFloats().Select(BitConverter.SingleToUInt32Bits).Where(NotNaN));

            float[] values = [.. Enumerable.Range(0, 200_003).Select(i => BitConverter.UInt32BitsToSingle((uint)(i * 21_474L)))];
            Tensor wide = Tensor.From(values, [values.Length], d);
            Assert.Equal(values.Select(Narrowed), Bits(wide.To(type)));
            if (type == DType.BFloat16)
            {
                // Where the processor has 512 bits, the narrower loop is what others run.
                Assert.Equal(values.Select(Narrowed), Halved(values));
            }
        }

        static unsafe ushort[] Halved(float[] values)
        {
            var bits = new ushort[values.Length];
            fixed (float* from = values)
            fixed (ushort* to = bits)
            {
                Conversions.ToBFloat16(from, to, values.Length, wide: false);
            }

            return bits;
        }

        static bool NotNaN(uint bits) => (bits & 0x7FFFFFFF) <= 0x7F800000;
    }

    [Fact]
    public void Integer_copies_keep_their_values()
    {
        Tensor x = Tensor.From(Enumerable.Range(0, 60).Select(i => (long)i << 33).ToArray(), [6, 10], TestDevices.Of("Portable"));
        Assert.Equal(x.ToArray<long>()[20..40], x.SliceView(0, 2, 2).Clone().ToArray<long>());
        Assert.Equal([3L << 33, 13L << 33], x.SliceView(1, 3, 1).SliceView(0, 0, 2).Clone().ToArray<long>());
    }

    private static void Check(string set, Shape from, Shape to, Func<Tensor, Tensor> source, Func<Tensor, Tensor> target)
    {
        foreach (bool add in new[] { false, true })
        {
            using var twin = new Twin(TestDevices.Of(set));
            Pair x = twin.Random(from), y = twin.Random(to);
            twin.Run((d, at) => d.Copy(source(at(x)), new Target(target(at(y)), add)));

            // The whole memory of y: what lies between the elements of a target must stay as it was.
            Twin.Near(y, add ? 1e-7 : 0, $"copy {from} to {to}");
        }
    }
}
