using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

public class MokaTests
{
    [Fact]
    public void Layer_adds_the_gated_sum_of_the_Kronecker_products()
    {
        const int input = 6, output = 4;
        const double scale = 0.5;
        var config = new MoKA { Sizes = [(2, 3), (4, 1)], Scale = scale };
        AdapterLayer layer = config.Create("layer", input, output, 4);
        var rng = new Rng(3);
        foreach ((_, Parameter parameter) in layer.Parameters())
        {
            parameter.Value = Tensor.From([.. Enumerable.Range(0, (int)parameter.Shape.Count).Select(_ => (float)rng.Normal())], parameter.Shape);
        }

        Dictionary<string, float[]> p = layer.Parameters().ToDictionary(x => x.Path, x => x.Parameter.Value.ToFloats());
        float[] vector = [.. Enumerable.Range(0, input).Select(_ => (float)rng.Normal())];
        double[] gate = [.. p["moka.gate"].Select(g => Math.Exp(g))];
        var expected = new double[output];
        foreach ((int i, (int q, int l)) in config.Sizes.Index())
        {
            for (int row = 0; row < output; row++)
            {
                for (int column = 0; column < input; column++)
                {
                    // (C (x) D)[row, column] = C[row / q', column / l'] D[row mod q', column mod l'], D [q', l'].
                    int rows = output / q, columns = input / l;
                    double product = (double)p[$"moka.C.{i}"][(row / rows * l) + (column / columns)] * p[$"moka.D.{i}"][(row % rows * columns) + (column % columns)];
                    expected[row] += scale * gate[i] / gate.Sum() * product * vector[column];
                }
            }
        }

        using IDisposable step = Tape.Step();
        float[] added = layer.Add(Tensor.From(vector, [1, input]), Tensor.Zeros([1, output])).ToFloats();

        // Sums of six products in float32.
        Near.Relative(added.Select(v => (double)v).ToArray(), expected, 1e-5, "output");
    }

    [Fact]
    public void Sizes_follow_the_width_and_are_counted()
    {
        // Width 32: scales 4 and 8, so C has 16, 32, 32 and 64 numbers; a gate of four.
        AdapterLayer layer = new MoKA().Create("layer", 32, 64, 32);
        Assert.Equal(16 + 32 + 32 + 64 + (16 * 8) + (16 * 4) + (8 * 8) + (8 * 4) + 4, layer.ParameterCount);
        Assert.Contains("not divisible by 5", Assert.Throws<HkaFerException>(() => new MoKA { Sizes = [(5, 4)] }.Create("layer", 32, 64, 32)).Message);
        Assert.Throws<HkaFerException>(() => new MoKA { Scale = double.NaN }.Create("layer", 32, 64, 32));
    }
}
