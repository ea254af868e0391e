using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

/// <summary>Products with weights that are packed once, beside those that pack them each time.</summary>
public sealed class FrozenPackingTests
{
    private const int Size = 56;

    [Fact]
    public void Packed_model_gives_the_same_bits_again_and_again_and_on_several_threads()
    {
        Classifier model = Model();
        float[] expected = Logits(model);
        model.Backbone.PackFrozenLayers();
        Assert.True(Weight(model).Value.KeepsPacked);
        Assert.Equal(expected, Logits(model));
        Assert.Equal(expected, Logits(model));

        model.Backbone.UnpackFrozenLayers();
        model.Backbone.PackFrozenLayers();
        float[][] together = new float[4][];
        Parallel.For(0, together.Length, i => together[i] = Logits(model));
        Assert.All(together, logits => Assert.Equal(expected, logits));
    }

    [Fact]
    public void Merged_adapter_is_seen_and_so_is_its_absence()
    {
        Classifier model = Model();
        Adapter adapter = model.Adapt(new LoRA { Rank = 2 });
        adapter.Initialize(1);
        foreach ((string path, Parameter parameter) in adapter.Parameters())
        {
            parameter.Value = Init.Normal(0.1).Draw(parameter.Shape, 2, path);
        }

        adapter.Enabled = false;
        float[] bare = Logits(model);
        adapter.Enabled = true;
        model.Backbone.PackFrozenLayers();
        float[] adapted = Logits(model);
        adapter.Merge();
        float[] merged = Logits(model);
        Near.Relative(adapted, merged, 1e-4, "logits");
        Assert.NotEqual(bare, merged);
        adapter.Unmerge();
        adapter.Enabled = false;
        Assert.Equal(bare, Logits(model));
    }

    [Fact]
    public void Weights_that_are_to_be_trained_are_packed_no_longer()
    {
        Classifier model = Model();
        model.Backbone.PackFrozenLayers();
        Parameter weight = Weight(model);
        weight.Trainable = true;
        Assert.False(weight.Value.KeepsPacked);
        model.Backbone.PackFrozenLayers();
        Assert.False(weight.Value.KeepsPacked);
        Assert.Contains("freeze it first", Assert.Throws<HkaFerException>(weight.Value.KeepPacked).Message);
    }

    [Fact]
    public void Model_beyond_the_limit_keeps_its_memory()
    {
        Classifier model = Model();
        long bytes = model.Backbone.Modules().Select(part => part.Module).OfType<Linear>().Sum(layer => layer.Weight.Shape.Count * sizeof(float));
        model.Backbone.PackFrozenLayers(bytes - 1);
        Assert.False(Weight(model).Value.KeepsPacked);
        model.Backbone.PackFrozenLayers(bytes);
        Assert.True(Weight(model).Value.KeepsPacked);
    }

    private static Classifier Model()
    {
        // 65 tokens an image: products of more rows than those that leave a weight where it lies.
        var model = new Classifier(
            new VisionTransformer(new VitConfig { Width = 96, Depth = 2, Heads = 3, Patch = 7, ImageSize = Size }), ["a", "b"]);
        model.Initialize(1);
        model.SetTrainable(false);
        return model;
    }

    private static Parameter Weight(Classifier model) => ((VisionTransformer)model.Backbone).Blocks[0].Mlp.In.Weight;

    private static float[] Logits(Classifier model)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        return model.Forward(TinyModels.Pixels(2, Size, Size)).ToFloats();
    }
}
