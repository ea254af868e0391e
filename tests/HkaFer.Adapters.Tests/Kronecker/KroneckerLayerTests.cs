using System.Text.Json;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

public class KroneckerLayerTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("heka-layer");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Layer_gives_the_dumped_outputs_and_gradients(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        AdapterLayer layer = Layer(dump);
        LayerDumps.Check(dump, layer);
        if (dump.Has("out.probabilities"))
        {
            dump.Near("out.probabilities", ((KroneckerLayer)layer).Probabilities(dump.Float("x")));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Merged_weight_gives_the_dumped_outputs_where_the_router_is_fixed(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        AdapterLayer layer = Layer(dump);
        if (layer.MergeObstacle is null)
        {
            dump.Near("out.h", Ops.Linear(dump.Float("x"), layer.MergedWeight(dump.Float("weight")), LayerDumps.Bias(dump)));
        }
        else
        {
            Assert.Contains("layer: router", Assert.Throws<HkaFerException>(() => layer.MergedWeight(dump.Float("weight"))).Message);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Contributions_of_the_adapters_sum_to_what_the_layer_adds(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        var layer = (KroneckerLayer)Layer(dump);
        Tensor x = dump.Float("x");
        IReadOnlyList<Tensor> parts = layer.Contributions(x);
        Assert.Equal(layer.C.Count, parts.Count);
        double[] sum = [.. Enumerable.Range(0, (int)parts[0].Count).Select(_ => 0.0)];
        foreach (double[] part in parts.Select(part => part.ToDoubles()))
        {
            sum = [.. sum.Zip(part, (a, b) => a + b)];
        }

        double[] added = layer.Add(x, Tensor.Zeros(parts[0].Shape)).ToDoubles();
        Testing.Near.Relative(added, sum, 1e-5, "sum of contributions");
    }

    private static AdapterLayer Layer(FixtureCase dump)
    {
        JsonElement c = dump.Config;
        var config = new HeKA
        {
            Sizes = [.. c.GetProperty("sizes").EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))],
            Router = Routers.Parse(c.GetProperty("router").GetString()!, dump.Name),
            Pooling = c.GetProperty("pooling").GetString() == "strided" ? Pooling.Strided : Pooling.Contiguous,
            Group = c.GetProperty("group").GetInt32(),
            Beta = c.GetProperty("beta").GetDouble(),
        };
        int input = c.GetProperty("in_features").GetInt32();
        AdapterLayer layer = config.Create("layer", input, c.GetProperty("out_features").GetInt32(), input);
        foreach ((string path, Parameter parameter) in layer.Parameters())
        {
            parameter.Value = dump.Float(path);
        }

        return layer;
    }
}
