using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class ClipVisionTransformerTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("clip-vision");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Forward_gives_the_published_models_features(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        ClipVisionTransformer model = ClipVisionTransformer.Load(Path.Combine(dump.Folder, "checkpoint"), out IReadOnlyList<string> unused);
        Assert.All(unused, name => Assert.EndsWith(".position_ids", name, StringComparison.Ordinal));
        using IDisposable paused = Tape.NoGrad();
        Tensor tokens = model.Forward(dump.Float("pixel_values"));
        dump.Near("out.last_hidden_state", tokens);
        dump.Near("out.pooled", model.Pool(tokens));
    }

    [Theory]
    [InlineData("")]
    [InlineData("vision_model.")]
    public void Both_nestings_are_read_and_a_missing_tensor_is_named(string prefix)
    {
        using var scratch = new Scratch();
        var model = new ClipVisionTransformer(new ClipVisionConfig { Width = 16, Depth = 1, Heads = 2, MlpWidth = 32, Patch = 2, ImageSize = 4 });
        model.Initialize(1);
        scratch.Write("config.json", "{\"model_type\":\"clip_vision_model\",\"hidden_size\":16,\"num_hidden_layers\":1,\"num_attention_heads\":2,\"intermediate_size\":32,\"patch_size\":2,\"image_size\":4}");
        (string Name, Tensor Tensor)[] tensors = [.. model.CheckpointTensors().Select(t => (prefix + t.Name, t.Tensor))];
        SafeTensorsWriter.Save(scratch["model.safetensors"], [.. tensors, ("embeddings.position_ids", Tensor.Zeros([1, 5], DType.Int64))]);
        ClipVisionTransformer read = ClipVisionTransformer.Load(scratch.Folder, out IReadOnlyList<string> unused);
        Assert.Equal(["embeddings.position_ids"], unused);
        TinyModels.EqualBits(model, read);
        SafeTensorsWriter.Save(scratch["model.safetensors"], [.. tensors.Where(t => !t.Name.EndsWith("pre_layrnorm.bias", StringComparison.Ordinal))]);
        Assert.Contains($"{prefix}pre_layrnorm.bias: missing", Assert.Throws<HkaFerException>(() => ClipVisionTransformer.Load(scratch.Folder, out _)).Message);
        scratch.AllClosed();
    }
}
