namespace HkaFer.Tensors.Tests.Devices;

public class CpuOptimizerTests
{
    public static TheoryData<string> Sets => TestDevices.Sets;

    [Theory, MemberData(nameof(Sets))]
    public void Adam_at_every_length_matches_the_reference(string set)
    {
        for (int n = 1; n <= 256; n += n < 70 ? 1 : 9)
        {
            foreach (bool decoupled in new[] { false, true })
            {
                using var twin = new Twin(TestDevices.Of(set), n);
                Pair p = twin.Random([n]), g = twin.Random([n]), m = twin.Given([n], _ => 0), v = twin.Given([n], _ => 0);
                for (int step = 1; step <= 3; step++)
                {
                    var rule = new AdamStep(0.01, 0.9, 0.999, 1e-8, 0.1, decoupled, step, 0.5);
                    twin.Run((d, at) => d.Adam(at(p), at(g), at(m), at(v), rule));
                }

                Twin.Near(p, 1e-6, $"parameter {n}");
                Twin.Near(m, 1e-6, $"first moment {n}");
                Twin.Near(v, 1e-6, $"second moment {n}");
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Sgd_in_every_form_matches_the_reference(string set)
    {
        for (int n = 1; n <= 256; n += n < 70 ? 1 : 9)
        {
            foreach ((double momentum, bool nesterov) in new[] { (0.0, false), (0.9, false), (0.9, true) })
            {
                using var twin = new Twin(TestDevices.Of(set), n);

                // The velocity starts as NaN: the first update must not read it.
                Pair p = twin.Random([n]), g = twin.Random([n]), velocity = twin.Result([n]);
                for (int step = 1; step <= 3; step++)
                {
                    var rule = new SgdStep(0.1, momentum, nesterov, 0.01, step == 1, 2);
                    twin.Run((d, at) => d.Sgd(at(p), at(g), momentum == 0 ? null : at(velocity), rule));
                }

                Twin.Near(p, 1e-6, $"parameter {n}");
                if (momentum != 0) { Twin.Near(velocity, 1e-6, $"velocity {n}"); }
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void SumSquares_is_exact_to_float64(string set)
    {
        foreach (int n in new[] { 0, 1, 7, 8, 9, 255, 16_384, 16_385, 100_003 })
        {
            using var twin = new Twin(TestDevices.Of(set), n);
            Pair x = twin.Random([n], 100);
            double expected = Device.Reference.SumSquares(x.Plain);
            Assert.Equal(expected, TestDevices.Of(set).SumSquares(x.Fast), 1e-13 * expected);
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void SumSquares_of_huge_gradients_does_not_overflow(string set)
    {
        Tensor x = Tensor.Full([100], 1e30, DType.Float32, TestDevices.Of(set));
        Assert.Equal(1, TestDevices.Of(set).SumSquares(x) / 1e62, 1e-6);
    }
}
