using System.Text.Json;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

public class LoraLayerTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("lora-layer");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Layer_gives_the_dumped_outputs_gradients_and_merged_weight(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        JsonElement c = dump.Config;
        var config = new LoRA { Rank = c.GetProperty("rank").GetInt32(), Alpha = c.GetProperty("alpha").GetDouble() };
        AdapterLayer layer = config.Create("layer", c.GetProperty("in_features").GetInt32(), c.GetProperty("out_features").GetInt32(), 64);
        foreach ((string path, Parameter parameter) in layer.Parameters())
        {
            parameter.Value = dump.Float(path);
        }

        LayerDumps.Check(dump, layer);
        dump.Near("out.merged_weight", layer.MergedWeight(dump.Float("weight")));
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(1, 5)]
    [InlineData(1, 1)]
    public void Merged_weight_leaves_a_weight_of_one_row_or_column_as_it_is(int input, int output)
    {
        AdapterLayer layer = new LoRA { Rank = 2 }.Create("layer", input, output, 16);
        foreach ((_, Parameter parameter) in layer.Parameters())
        {
            parameter.Value = Tensor.Full(parameter.Shape, 1);
        }

        Tensor weight = Tensor.Full([output, input], 3);
        Assert.All(layer.MergedWeight(weight).ToFloats(), w => Assert.Equal(7, w));
        Assert.All(weight.ToFloats(), w => Assert.Equal(3, w));
    }
}
