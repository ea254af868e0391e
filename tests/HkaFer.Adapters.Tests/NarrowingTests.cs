using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

/// <summary>A backbone whose frozen weights are bfloat16 beside the same in float32.</summary>
public sealed class NarrowingTests
{
    private static readonly VitConfig s_small = new() { Width = 384, Depth = 12, Heads = 6, Patch = 14, ImageSize = 224 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Narrow_vit_s_stays_near_float32_in_logits_and_adapter_gradients(bool lowRank)
    {
        AdapterConfig kind = lowRank ? new LoRA() : new HeKA();
        (float[] logits, float[][] gradients) wide = Run(kind, narrow: false), narrow = Run(kind, narrow: true);

        // 8 bits of mantissa a product, twelve blocks: the bar of the project is 3 % of the largest logit and a cosine of 0.99.
        Near.Relative(wide.logits, narrow.logits, 0.03, "logits");
        Assert.All(wide.gradients.Zip(narrow.gradients), pair => Assert.InRange(Cosine(pair.First, pair.Second), 0.99, 1.0001));
    }

    [Fact]
    public void Narrow_backbone_keeps_its_hash_and_loses_half_its_bytes()
    {
        VisionTransformer model = TinyModels.Vit();
        string hash = ModelHash.Of(model);
        model.NarrowFrozenLayers();
        Assert.Equal(hash, ModelHash.Of(model));
        Assert.Equal(DType.BFloat16, model.Blocks[0].Mlp.In.Weight.Value.DType);
        Assert.Equal(DType.Float32, model.Blocks[0].Norm1.Gain.Value.DType);
    }

    [Fact]
    public void Trainable_layers_are_left_alone()
    {
        VisionTransformer model = TinyModels.Vit();
        model.SetTrainable(true);
        model.NarrowFrozenLayers();
        Assert.All(model.Parameters(), p => Assert.Equal(DType.Float32, p.Parameter.Value.DType));
    }

    [Fact]
    public void Adapter_merges_into_narrow_weights_without_rounding_and_takes_itself_out_again()
    {
        var model = new Classifier(TinyModels.Vit(), ["a", "b"]);
        Adapter adapter = model.Adapt(new LoRA { Rank = 2 });
        model.Initialize(1);
        adapter.Initialize(1);
        model.Backbone.NarrowFrozenLayers();
        Parameter weight = ((VisionTransformer)model.Backbone).Blocks[0].Mlp.In.Weight;
        byte[] before = weight.Value.ToBytes();
        adapter.Merge();
        Assert.Equal(DType.Float32, weight.Value.DType);
        adapter.Unmerge();
        Assert.Equal(before, weight.Value.ToBytes());
    }

    private static (float[] Logits, float[][] Gradients) Run(AdapterConfig kind, bool narrow)
    {
        var model = new Classifier(new VisionTransformer(s_small), ["a", "b", "c"]);
        Adapter adapter = model.Adapt(kind);
        model.Initialize(1);
        adapter.Initialize(1);
        foreach ((string path, Parameter parameter) in adapter.Parameters().Where(p => p.Parameter.Init.Kind == InitKind.Constant && p.Parameter.Shape.Rank == 2))
        {
            parameter.Value = Init.Normal(0.02).Draw(parameter.Shape, 2, path);
        }

        if (narrow)
        {
            model.Backbone.NarrowFrozenLayers();
        }

        using IDisposable step = Tape.Step();
        Tensor logits = model.Forward(TinyModels.Pixels(1, 224, 224));
        Ops.CrossEntropy(logits, [1]).Backward();
        return (logits.ToFloats(), [.. adapter.Parameters().Where(p => p.Parameter.Shape.Count > 1).Select(p => p.Parameter.Value.Grad!.ToFloats())]);
    }

    private static double Cosine(float[] a, float[] b)
    {
        double product = 0, left = 0, right = 0;
        for (int i = 0; i < a.Length; i++)
        {
            product += (double)a[i] * b[i];
            left += (double)a[i] * a[i];
            right += (double)b[i] * b[i];
        }

        return product / Math.Sqrt(left * right);
    }
}
