using HkaFer.Testing;

namespace HkaFer.Tensors.Tests.Devices;

public class CpuElementwiseTests
{
    public static TheoryData<string> Sets => TestDevices.Sets;

    [Theory, MemberData(nameof(Sets))]
    public void Binary_operators_at_every_length_match_the_reference(string set)
    {
        for (int n = 1; n <= 256; n++)
        {
            foreach (bool add in new[] { false, true })
            {
                using var twin = new Twin(TestDevices.Of(set), n);
                Pair a = twin.Random([n]), b = twin.Random([n]), product = twin.Result([n], add), scaled = twin.Result([n], add);
                Pair sum = twin.Result([n]), divisor = twin.Given([n], i => (i % 2 == 0 ? 1 : -1) * (1 + (i % 7))), quotient = twin.Result([n], add);
                twin.Run((d, at) =>
                {
                    d.Multiply(at(a), at(b), new Target(at(product), add));
                    d.Divide(at(a), at(divisor), new Target(at(quotient), add));
                    d.Scale(at(a), -1.7, new Target(at(scaled), add));
                    d.AddScaled(at(a), null, at(b), at(sum));
                });

                // One rounding of the result, and with accumulation a second one.
                Twin.Near(product, 2e-7, $"multiply {n}");
                Twin.Near(quotient, 2e-7, $"divide {n}");
                Twin.Near(scaled, 2e-7, $"scale {n}");
                Twin.Near(sum, 1e-7, $"add {n}");
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Activations_at_every_length_match_the_reference(string set)
    {
        foreach (Activation kind in Enum.GetValues<Activation>())
        {
            for (int n = 1; n <= 256; n += n < 70 ? 1 : 13)
            {
                using var twin = new Twin(TestDevices.Of(set), n);
                Pair x = twin.Random([n], 6), g = twin.Random([n]), y = twin.Result([n]), gx = twin.Result([n], n % 2 == 0);
                twin.Run((d, at) =>
                {
                    d.Activate(kind, at(x), at(y));
                    d.ActivateBackward(kind, at(x), at(g), new Target(at(gx), n % 2 == 0));
                });

                // Where every value of a short vector lies in the far tail of GELU, the error is absolute: 3e-7 of erf times x.
                Near.Relative(y.Plain.ToDoubles(), y.Fast.ToFloats(), 5e-7, $"{kind} {n}", floor: 1);
                Near.Relative(gx.Plain.ToDoubles(), gx.Fast.ToFloats(), 1e-6, $"{kind} gradient {n}", floor: 1);
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Gelu_dense_sweep_is_within_5e7(string set)
    {
        float[] x = [.. Enumerable.Range(0, 200_001).Select(i => -12 + (24f * i / 200_000)), -100, 100, -1e4f, 1e4f];
        Tensor y = Tensor.Empty([x.Length], DType.Float32, TestDevices.Of(set));
        TestDevices.Of(set).Activate(Activation.Gelu, Tensor.From(x, [x.Length], TestDevices.Of(set)), y);
        double worst = x.Zip(y.ToFloats(), (a, b) =>
            Math.Abs(b - ActivationReference.Value(Activation.Gelu, a)) / Math.Max(1, Math.Abs(a))).Max();
        Assert.True(worst < 5e-7, $"worst {worst}");
    }

    [Theory, MemberData(nameof(Sets))]
    public void Activations_of_extreme_values_stay_finite(string set)
    {
        float[] extremes = [-1e30f, -1000, -100, -88, -0f, 0, 88, 100, 1000, 1e30f];
        foreach (Activation kind in Enum.GetValues<Activation>())
        {
            using var twin = new Twin(TestDevices.Of(set));
            Pair x = twin.Given([10], i => extremes[i]), g = twin.Given([10], _ => 1), y = twin.Result([10]), gx = twin.Result([10]);
            twin.Run((d, at) =>
            {
                d.Activate(kind, at(x), at(y));
                d.ActivateBackward(kind, at(x), at(g), at(gx));
            });
            for (int i = 0; i < extremes.Length; i++)
            {
                double scale = Math.Max(1, Math.Abs(extremes[i]));
                Assert.Equal(y.Plain.ToDoubles()[i] / scale, y.Fast.ToDoubles()[i] / scale, 1e-6);
                Assert.Equal(gx.Plain.ToDoubles()[i], gx.Fast.ToDoubles()[i], 1e-6 * (kind == Activation.Gelu ? 1 : 1.702));
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void AddScaled_of_any_shape_matches_the_reference(string set)
    {
        foreach ((int rows, int width) in new[] { (1, 1), (5, 3), (3, 16), (7, 17), (4, 64), (9, 100), (2, 256), (300, 33), (70, 384) })
        {
            foreach (bool add in new[] { false, true })
            {
                using var twin = new Twin(TestDevices.Of(set), rows);
                Shape shape = [rows, width];
                Pair x = twin.Random(shape), scale = twin.Random([width]), residual = twin.Random(shape), gy = twin.Random(shape);
                Pair both = twin.Result(shape), scaled = twin.Result(shape), copied = twin.Result(shape);
                Pair gx = twin.Result(shape, add), plain = twin.Result(shape, add), gscale = twin.Result([width], add);
                twin.Run((d, at) =>
                {
                    d.AddScaled(at(x), at(scale), at(residual), at(both));
                    d.AddScaled(at(x), at(scale), null, at(scaled));
                    d.AddScaled(at(x), null, null, at(copied));
                    d.AddScaledBackward(at(x), at(scale), at(gy), new Target(at(gx), add), new Target(at(gscale), add));
                    d.AddScaledBackward(at(x), null, at(gy), new Target(at(plain), add), null);
                });
                Twin.Near(both, 2e-7, "x scale + residual");
                Twin.Near(scaled, 1e-7, "x scale");
                Twin.Near(copied, 0, "x");
                Twin.Near(gx, 2e-7, "gradient of x");
                Twin.Near(plain, 2e-7, "gradient of x without scale");
                Twin.Near(gscale, 1e-6, "gradient of the scale");
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void SumRows_of_any_width_matches_the_reference(string set)
    {
        for (int width = 1; width <= 256; width += width < 70 ? 1 : 31)
        {
            foreach (int rows in new[] { 1, 31, 33, 100 })
            {
                using var twin = new Twin(TestDevices.Of(set), width);
                Pair x = twin.Random([rows, width]), y = twin.Result([width], rows == 33);
                twin.Run((d, at) => d.SumRows(at(x), new Target(at(y), rows == 33)));

                // A column may cancel: relative to the size of its terms.
                Near.Relative(y.Plain.ToDoubles(), y.Fast.ToFloats(), 1e-6, $"sum of {rows} x {width}", floor: Math.Sqrt(rows));
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Fill_at_every_length_writes_all_and_no_more(string set)
    {
        for (int n = 0; n <= 256; n++)
        {
            using var twin = new Twin(TestDevices.Of(set));
            Pair y = twin.Result([n]);
            twin.Run((d, at) => d.Fill(at(y), 2.5));
            Twin.Near(y, 0, $"fill {n}");
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Results_do_not_depend_on_the_number_of_threads(string set)
    {
        // Sizes of several parts, none of them a multiple of a part.
        float[][] Run(int threads)
        {
            CpuDevice d = TestDevices.Of(set, threads);
            var random = new Random(5);
            Tensor Random(Shape shape) =>
                Tensor.From([.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextSingle() - 0.5f)], shape, d);
            Tensor x = Random([403, 333]), g = Random([403, 333]), scale = Random([333]), y = Tensor.Empty([403, 333], DType.Float32, d);
            Tensor gelu = y.Clone(), sum = Tensor.Empty([333], DType.Float32, d), gscale = sum.Clone();
            Tensor one = Tensor.Empty([1], DType.Float32, d);
            d.AddScaled(x, scale, g, y);
            d.Activate(Activation.Gelu, x, gelu);
            d.SumRows(x, sum);
            d.SumRows(x.ReshapeView([403 * 333, 1]), one);
            d.AddScaledBackward(x, scale, g, null, gscale);
            return [y.ToFloats(), gelu.ToFloats(), sum.ToFloats(), gscale.ToFloats(), one.ToFloats(), [(float)d.SumSquares(x)]];
        }

        float[][] single = Run(1);
        Assert.Equal(single, Run(2));
        Assert.Equal(single, Run(3));
    }

    [Fact]
    public void Kernels_after_warm_up_allocate_nothing()
    {
        CpuDevice d = TestDevices.Of("Portable", 1);
        Tensor x = Tensor.Full([64, 48], 0.5, DType.Float32, d), y = x.Clone(), w = Tensor.Full([48], 1, DType.Float32, d);
        Tensor mean = Tensor.Empty([64], DType.Float32, d), rstd = mean.Clone();
        void Step()
        {
            d.Activate(Activation.Gelu, x, y);
            d.AddScaled(x, w, y, y);
            d.Copy(x, new Target(y, true));
            d.LayerNorm(x, w, w, 1e-6, y, mean, rstd);
            d.SumRows(x, w);
            d.SumSquares(x);
        }

        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
