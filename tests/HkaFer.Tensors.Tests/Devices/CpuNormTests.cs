using HkaFer.Testing;

namespace HkaFer.Tensors.Tests.Devices;

public class CpuNormTests
{
    public static TheoryData<string> Sets => TestDevices.Sets;

    [Theory, MemberData(nameof(Sets))]
    public void LayerNorm_at_every_width_matches_the_reference(string set)
    {
        // Width 1 is left to the test of constant rows: its variance is 0.
        for (int width = 2; width <= 256; width += width < 70 ? 1 : 9)
        {
            using var twin = new Twin(TestDevices.Of(set), width);
            bool add = width % 2 == 0;
            Pair x = twin.Random([5, width], 3), w = twin.Random([width]), b = twin.Random([width]), gy = twin.Random([5, width]);
            Pair y = twin.Result([5, width]), bare = twin.Result([5, width]), mean = twin.Result([5]), rstd = twin.Result([5]);
            Pair gx = twin.Result([5, width], add), gw = twin.Result([width], add), gb = twin.Result([width], add);
            twin.Run((d, at) =>
            {
                d.LayerNorm(at(x), at(w), null, 1e-6, at(bare), at(mean), at(rstd));
                d.LayerNorm(at(x), at(w), at(b), 1e-6, at(y), at(mean), at(rstd));
                d.LayerNormBackward(
                    at(x), at(w), at(mean), at(rstd), at(gy), new Target(at(gx), add), new Target(at(gw), add), new Target(at(gb), add));
            });
            Twin.Near(y, 1e-6, $"layer norm {width}");
            Twin.Near(bare, 1e-6, $"layer norm without bias {width}");
            Twin.Near(mean, 1e-6, $"mean {width}");
            Twin.Near(rstd, 1e-6, $"rstd {width}");

            // The gradient is what is left of gy w after two projections: of two elements nothing is, and rounding has the size of the terms.
            Near.Relative(gx.Plain.ToDoubles(), gx.Fast.ToFloats(), 2e-6, $"gradient of x {width}", floor: rstd.Plain.ToDoubles().Max());
            Near.Relative(gw.Plain.ToDoubles(), gw.Fast.ToFloats(), 2e-6, $"gradient of the weight {width}", floor: 1);
            Near.Relative(gb.Plain.ToDoubles(), gb.Fast.ToFloats(), 1e-6, $"gradient of the bias {width}", floor: 1);
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void RowNorms_at_every_width_match_the_reference(string set)
    {
        for (int width = 1; width <= 256; width += width < 70 ? 1 : 9)
        {
            using var twin = new Twin(TestDevices.Of(set), width);
            Pair x = twin.Given([6, width], i => i < width ? 0 : MathF.Sin(i)), y = twin.Result([6]), part = twin.Result([6]);
            twin.Run((d, at) =>
            {
                d.RowNorms(at(x), at(y));
                d.RowNorms(at(x).SliceView(1, 0, (width + 1) / 2), at(part));
            });
            Twin.Near(y, 1e-6, $"row norms {width}");
            Twin.Near(part, 1e-6, $"row norms of rows with gaps {width}");
            Assert.True(y.Fast.ToFloats()[0] > 0, "a row of zeros has a norm that divides");
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void LayerNorm_of_constant_rows_is_the_bias(string set)
    {
        // 1000.1 cannot be summed exactly; what rounding leaves must not be taken for variance.
        foreach (int width in new[] { 1, 7, 384, 1024 })
        {
            using var twin = new Twin(TestDevices.Of(set));
            Pair x = twin.Given([2, width], i => i < width ? 1000.1f : -3e-3f), w = twin.Random([width]), b = twin.Random([width]);
            Pair y = twin.Result([2, width]), mean = twin.Result([2]), rstd = twin.Result([2]);
            twin.Run((d, at) => d.LayerNorm(at(x), at(w), at(b), 1e-6, at(y), at(mean), at(rstd)));
            Twin.Near(y, 1e-6, $"constant rows of {width}");
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void LayerNorm_far_from_zero_keeps_its_precision(string set)
    {
        using var twin = new Twin(TestDevices.Of(set));
        var random = new Random(3);
        Pair x = twin.Given([4, 384], _ => 1000 + random.NextSingle()), w = twin.Random([384]);
        Pair y = twin.Result([4, 384]), mean = twin.Result([4]), rstd = twin.Result([4]);
        twin.Run((d, at) => d.LayerNorm(at(x), at(w), null, 1e-6, at(y), at(mean), at(rstd)));
        Twin.Near(y, 1e-6, "rows around 1000");
    }

    [Theory, MemberData(nameof(Sets))]
    public void RmsNorm_at_every_width_matches_the_reference(string set)
    {
        for (int width = 1; width <= 256; width += width < 70 ? 1 : 9)
        {
            using var twin = new Twin(TestDevices.Of(set), width);
            bool add = width % 2 == 0;
            Pair x = twin.Random([5, width], 3), w = twin.Random([width]), gy = twin.Random([5, width]), y = twin.Result([5, width]);
            Pair rstd = twin.Result([5]), gx = twin.Result([5, width], add), gw = twin.Result([width], add);
            twin.Run((d, at) =>
            {
                d.RmsNorm(at(x), at(w), 1e-6, at(y), at(rstd));
                d.RmsNormBackward(at(x), at(w), at(rstd), at(gy), new Target(at(gx), add), new Target(at(gw), add));
            });
            Twin.Near(y, 1e-6, $"rms norm {width}");
            Twin.Near(rstd, 1e-6, $"rstd {width}");

            // As for layer norm: with one element nothing is left of the gradient but rounding.
            Near.Relative(gx.Plain.ToDoubles(), gx.Fast.ToFloats(), 2e-6, $"gradient of x {width}", floor: rstd.Plain.ToDoubles().Max());
            Near.Relative(gw.Plain.ToDoubles(), gw.Fast.ToFloats(), 1e-6, $"gradient of the weight {width}", floor: 1);
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Softmax_at_every_width_matches_the_reference(string set)
    {
        for (int width = 1; width <= 256; width += width < 70 ? 1 : 9)
        {
            using var twin = new Twin(TestDevices.Of(set), width);
            bool add = width % 2 == 0;
            Pair x = twin.Random([5, width], 10), gy = twin.Random([5, width]), y = twin.Result([5, width]);
            Pair gx = twin.Result([5, width], add);
            twin.Run((d, at) =>
            {
                d.Softmax(at(x), at(y));
                d.SoftmaxBackward(at(y), at(gy), new Target(at(gx), add));
            });
            Twin.Near(y, 1e-6, $"softmax {width}");
            Near.Relative(gx.Plain.ToDoubles(), gx.Fast.ToFloats(), 1e-6, $"gradient {width}", floor: 1);
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Softmax_of_large_and_of_very_negative_numbers_is_exact(string set)
    {
        using var twin = new Twin(TestDevices.Of(set));
        float[] values = [100, 101, 102, -3e38f, -1000, -1001, 3e38f, 3e38f, 0, 90, 90, 90];
        Pair x = twin.Given([4, 3], i => values[i]), y = twin.Result([4, 3]);
        twin.Run((d, at) => d.Softmax(at(x), at(y)));
        Twin.Near(y, 1e-6, "extremes");
        Assert.Equal(0.0900306f, y.Fast.ToFloats()[0], 1e-6f);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Results_do_not_depend_on_the_number_of_threads(string set)
    {
        float[][] Run(int threads)
        {
            CpuDevice d = TestDevices.Of(set, threads);
            var random = new Random(6);
            Tensor Random(Shape shape) =>
                Tensor.From([.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextSingle() - 0.5f)], shape, d);
            Tensor Empty(Shape shape) => Tensor.Empty(shape, DType.Float32, d);
            Tensor x = Random([601, 203]), w = Random([203]), g = Random([601, 203]), mean = Empty([601]), rstd = Empty([601]);
            Tensor y = Empty(x.Shape), gx = Empty(x.Shape), gw = Empty([203]), gb = Empty([203]), p = Empty(x.Shape), gp = Empty(x.Shape);
            d.LayerNorm(x, w, w, 1e-6, y, mean, rstd);
            d.LayerNormBackward(x, w, mean, rstd, g, gx, gw, gb);
            d.Softmax(x, p);
            d.SoftmaxBackward(p, g, gp);
            return [y.ToFloats(), gx.ToFloats(), gw.ToFloats(), gb.ToFloats(), p.ToFloats(), gp.ToFloats()];
        }

        float[][] single = Run(1);
        Assert.Equal(single, Run(2));
        Assert.Equal(single, Run(3));
    }
}
