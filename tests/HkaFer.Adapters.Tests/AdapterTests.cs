using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;
using static HkaFer.Adapters.Tests.AdapterKinds;

namespace HkaFer.Adapters.Tests;

public class AdapterTests
{
    [Fact]
    public void Merged_adapters_are_unmerged_in_reverse_order_only()
    {
        Classifier model = Model();
        string bare = ModelHash.Of(model.Backbone);
        Adapter first = Trained(model, "lora", 1), second = Trained(model, "heka sum", 2);
        float[] beside = Logits(model);
        first.Merge();
        string one = ModelHash.Of(model.Backbone);
        second.Merge();
        string two = ModelHash.Of(model.Backbone);
        Near.Relative(beside, Logits(model), 2e-5, "two merges, each allowed half of it");
        Assert.Contains("reverse order", Assert.Throws<HkaFerException>(first.Unmerge).Message);
        Assert.Throws<HkaFerException>(first.Remove);
        Assert.Equal(two, ModelHash.Of(model.Backbone));
        second.Unmerge();
        Assert.Equal(one, ModelHash.Of(model.Backbone));
        first.Unmerge();
        Assert.Equal(bare, ModelHash.Of(model.Backbone));
        Assert.Equal(beside, Logits(model));
    }

    [Fact]
    public void Disabled_adapter_is_not_merged()
    {
        Classifier model = Model();
        string bare = ModelHash.Of(model.Backbone);
        Adapter adapter = Trained(model, "lora");
        adapter.Enabled = false;
        Assert.Contains("disabled", Assert.Throws<HkaFerException>(adapter.Merge).Message);
        Assert.Equal(bare, ModelHash.Of(model.Backbone));
    }

    [Theory]
    [InlineData("nothing", "matches no linear layer")]
    [InlineData("", "matches no linear layer")]
    [InlineData("output", "matches no linear layer")]
    [InlineData("embeddings", "matches no linear layer")]
    public void Target_that_is_no_layer_is_refused_and_nothing_attached(string target, string expected)
    {
        ImageEncoder backbone = Model().Backbone;
        var error = Assert.Throws<HkaFerException>(() => Adapter.Attach(backbone, new LoRA { Targets = ["fc1", target] }));
        Assert.Contains(expected, error.Message);
        Assert.All(backbone.Modules().Select(m => m.Module).OfType<Linear>(), l => Assert.Empty(l.Adapters));
    }

    [Theory]
    [InlineData("attention.qkv", "qkv")]
    [InlineData("attn.qkv", "qkv")]
    [InlineData("mlp.fc1", "fc1")]
    [InlineData("attn.proj", "proj")]
    [InlineData("query,value,key", "qkv")]
    [InlineData("fc1,fc2,fc1", "fc2,fc1")]
    [InlineData("query,fc1", "fc1,query")]
    [InlineData("qkv,query", "qkv")]
    [InlineData("qkv,proj,fc1,fc2", "")]
    public void Names_of_a_layer_mean_the_same(string names, string same)
    {
        string[] Paths(string list) => [.. Adapter.Attach(
            new VisionTransformer(Config), new LoRA { Targets = list.Split(',', StringSplitOptions.RemoveEmptyEntries) }).Layers.Select(l => l.LayerPath)];
        Assert.Equal(Paths(same), Paths(names));
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("dora")]
    [InlineData("lokr")]
    [InlineData("heka on value")]
    public void Part_of_a_fused_layer_is_adapted_alone(string kind)
    {
        Classifier model = Model();
        Linear qkv = ((VisionTransformer)model.Backbone).Blocks[1].Attention.Qkv;
        Tensor x = TinyModels.Pixels(1, 4, 8).Reshape(3, 32);
        float[] bare = qkv.Forward(x).ToFloats();
        Adapter adapter = Adapter.Attach(model.Backbone, Of(kind) with { Targets = ["encoder.layer.1.attention.attention.key"] });
        adapter.Initialize(5);
        Assert.Equal(bare, qkv.Forward(x).ToFloats());
        foreach ((_, Parameter parameter) in adapter.Parameters())
        {
            parameter.Value = Init.Uniform(0.3).Draw(parameter.Shape, 3, parameter.Path);
        }

        Assert.Equal([(32, 32, 32)], adapter.Layers.Select(l => (l.Start, l.In, l.Out)));
        float[] adapted = qkv.Forward(x).ToFloats();
        for (int i = 0; i < bare.Length; i++)
        {
            Assert.True((i % 96 is >= 32 and < 64) == (bare[i] != adapted[i]), $"output {i % 96}");
        }
    }

    [Fact]
    public void Dora_scales_what_the_layer_gives_and_not_what_others_add()
    {
        Classifier model = Model();
        Linear layer = ((VisionTransformer)model.Backbone).Blocks[0].Mlp.In;
        Tensor x = TinyModels.Pixels(1, 4, 8).Reshape(3, 32);
        float[] bare = layer.Forward(x).ToFloats();
        Adapter lora = Trained(model, "lora", 1);
        float[] withLora = layer.Forward(x).ToFloats();
        Adapter dora = Trained(model, "dora", 2);
        float[] both = layer.Forward(x).ToFloats();
        lora.Enabled = false;
        float[] withDora = layer.Forward(x).ToFloats();
        Near.Relative([.. withLora.Select((v, i) => v + withDora[i] - bare[i])], both, 1e-5, "shares add up");

        lora.Enabled = true;
        Assert.Contains("DoRA", Assert.Throws<HkaFerException>(lora.Merge).Message);
        dora.Enabled = false;
        lora.Merge();
        lora.Unmerge();
        dora.Enabled = true;
        Adapter second = Trained(model, "dora", 3);
        Assert.Contains("disable one", Assert.Throws<HkaFerException>(() => layer.Forward(x)).Message);
        second.Enabled = false;
        Assert.Equal(both, layer.Forward(x).ToFloats());
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("heka sum")]
    [InlineData("heka")]
    public void Image_encoder_of_clip_keeps_the_contract(string kind)
    {
        var backbone = new ClipVisionTransformer(new ClipVisionConfig { Width = 32, Depth = 1, Heads = 2, MlpWidth = 64, Patch = 2, ImageSize = 4 });
        backbone.Initialize(1);
        string hash = ModelHash.Of(backbone);
        float[] Features() => backbone.Pool(backbone.Forward(TinyModels.Pixels(2))).ToFloats();
        float[] bare = Features();
        Adapter adapter = Adapter.Attach(backbone, Of(kind) with { Targets = ["q_proj", "attn.out_proj", "fc1", "fc2"] });
        adapter.Initialize(2);
        Assert.Equal(bare, Features());
        foreach ((_, Parameter parameter) in adapter.Parameters())
        {
            parameter.Value = Init.Uniform(0.1).Draw(parameter.Shape, 3, parameter.Path);
        }

        float[] beside = Features();
        Assert.NotEqual(bare, beside);
        using (Tape.Step())
        {
            Ops.CrossEntropy(backbone.Pool(backbone.Forward(TinyModels.Pixels(2))), [0, 1]).Backward();
        }

        Assert.All(adapter.Parameters(), p => Assert.True(p.Parameter.Value.Grad!.ToFloats().Any(g => g != 0), p.Path));
        if (kind != "heka")
        {
            adapter.Merge();
            Near.Relative(beside, Features(), 1e-5, kind);
        }

        adapter.Remove();
        Assert.Equal(hash, ModelHash.Of(backbone));
        Assert.Equal(bare, Features());
    }

    [Fact]
    public void SwiGlu_layers_stand_for_fc1_and_fc2()
    {
        Adapter adapter = Adapter.Attach(new VisionTransformer(Config with { SwiGlu = true }), new LoRA { Targets = ["mlp.fc1", "fc2"] });
        Assert.Equal(
            ["encoder.layer.0.mlp.weights_in", "encoder.layer.0.mlp.weights_out", "encoder.layer.1.mlp.weights_in", "encoder.layer.1.mlp.weights_out"],
            adapter.Layers.Select(l => l.LayerPath));
    }

    [Fact]
    public void Values_depend_on_seed_and_layer_alone()
    {
        Adapter all = Adapt(Model(), "heka"), one = Adapt(Model(), "heka"), other = Adapt(Model(), "heka", seed: 6);
        foreach (((string path, Parameter a), (_, Parameter b)) in all.Parameters().Zip(one.Parameters()))
        {
            Assert.Equal(a.Value.ToBytes(), b.Value.ToBytes());
            Assert.True(path.Contains(".D.", StringComparison.Ordinal) || path.EndsWith("lambda", StringComparison.Ordinal)
                || !a.Value.ToBytes().SequenceEqual(other.Parameters().First(p => p.Path == path).Parameter.Value.ToBytes()), path);
        }

        Adapter part = Adapter.Attach(Model().Backbone, new HeKA { Targets = ["encoder.layer.1.mlp.fc2"] });
        part.Initialize(5);
        Assert.Equal(
            all.Parameters().Where(p => p.Path.StartsWith("encoder.layer.1.mlp.fc2", StringComparison.Ordinal)).Select(p => p.Parameter.Value.ToFloats()),
            part.Parameters().Select(p => p.Parameter.Value.ToFloats()));
    }
}
