using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class ModuleLoadingTests
{
    private const string Key = "encoder.layer.1.attention.attention.key.weight";

    public static TheoryData<bool, bool, int> Layouts() => new() { { false, true, 0 }, { true, true, 0 }, { false, false, 0 }, { false, true, 2 } };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Saved_model_comes_back_to_the_bit(bool swiGlu, bool qkvBias, int registers)
    {
        using var scratch = new Scratch();
        VisionTransformer model = TinyModels.Vit(3, TinyModels.Config with { SwiGlu = swiGlu, QkvBias = qkvBias, Registers = registers });
        model.Save(scratch.Folder);
        VisionTransformer read = VisionTransformer.Load(scratch.Folder, out IReadOnlyList<string> unused);
        Assert.Empty(unused);
        Assert.Equal(model.Config, read.Config);
        TinyModels.EqualBits(model, read);
        Assert.Equal(model.Forward(TinyModels.Pixels()).ToFloats(), read.Forward(TinyModels.Pixels()).ToFloats());
        scratch.AllClosed();
    }

    [Theory]
    [InlineData(DType.Float16)]
    [InlineData(DType.BFloat16)]
    public void Half_precision_is_read_as_the_values_that_it_holds(DType dtype)
    {
        using var scratch = new Scratch();
        VisionTransformer model = TinyModels.Vit();
        model.Save(scratch.Folder, dtype);
        VisionTransformer read = VisionTransformer.Load(scratch.Folder);
        Assert.All(
            model.Parameters().Zip(read.Parameters()),
            pair => Assert.Equal(pair.First.Parameter.Value.To(dtype).ToFloats(), pair.Second.Parameter.Value.ToFloats()));
        Assert.All(read.Parameters(), p => Assert.Equal(DType.Float32, p.Parameter.Value.DType));

        // What was rounded once is written again with the same bits.
        string first = ModelHash.Of(read);
        read.Save(scratch.Folder, dtype);
        Assert.Equal(first, ModelHash.Of(VisionTransformer.Load(scratch.Folder)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("dinov2.")]
    [InlineData("dinov2_with_registers.")]
    public void Prefix_and_tensors_without_a_place_are_accepted_and_listed(string prefix)
    {
        using var scratch = new Scratch();
        VisionTransformer model = TinyModels.Vit();
        TinyModels.Write(scratch, model, t => t.Name == Key
            ? [(prefix + t.Name, t.Tensor), ("classifier.weight", Tensor.Zeros([7, 32])), ("classifier.bias", Tensor.Zeros([7]))]
            : [(prefix + t.Name, t.Tensor)]);
        TinyModels.EqualBits(model, VisionTransformer.Load(scratch.Folder, out IReadOnlyList<string> unused));
        Assert.Equal(["classifier.bias", "classifier.weight"], unused);
    }

    [Fact]
    public void Mask_token_may_be_absent()
    {
        using var scratch = new Scratch();
        VisionTransformer model = TinyModels.Vit();
        TinyModels.Write(scratch, model, t => t.Name == "embeddings.mask_token" ? [] : [t]);
        VisionTransformer read = VisionTransformer.Load(scratch.Folder);
        Assert.Null(read.Embeddings.MaskToken);
        Assert.Equal(model.ParameterCount - 16, read.ParameterCount);
    }

    [Fact]
    public void Missing_tensor_is_named()
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit(), t => t.Name == Key ? [] : [t]);
        string message = Assert.Throws<HkaFerException>(() => VisionTransformer.Load(scratch.Folder)).Message;
        Assert.Contains(scratch.Folder, message);
        Assert.Contains($"{Key}: missing; expected [16, 16]", message);
        Assert.Contains("1 problem(s)", message);
        scratch.AllClosed();
    }

    [Fact]
    public void Tensor_of_another_shape_or_type_is_named()
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit(), t => t.Name switch
        {
            Key => [(t.Name, t.Tensor.Slice(0, 0, 15))],
            "layernorm.weight" => [(t.Name, Tensor.Zeros([16], DType.Int32))],
            "layernorm.bias" => [(t.Name, Tensor.Zeros([1, 16]))],
            _ => [t],
        });
        string message = Assert.Throws<HkaFerException>(() => VisionTransformer.Load(scratch.Folder)).Message;
        Assert.Contains($"{Key}: expected a floating-point tensor [16, 16], got Float32 [15, 16]", message);
        Assert.Contains("layernorm.weight: expected a floating-point tensor [16], got Int32 [16]", message);
        Assert.Contains("layernorm.bias: expected a floating-point tensor [16], got Float32 [1, 16]", message);
    }

    [Fact]
    public void Checkpoint_of_another_model_lists_the_first_problems_only()
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit(), t => [("other." + t.Name, t.Tensor)]);
        string message = Assert.Throws<HkaFerException>(() => VisionTransformer.Load(scratch.Folder)).Message;
        Assert.Contains("\n  embeddings.cls_token: missing", message);
        Assert.True(message.Length < 2000, message);
    }

    [Fact]
    public void Sharded_model_is_read()
    {
        using var scratch = new Scratch();
        VisionTransformer model = TinyModels.Vit();
        TinyModels.Write(scratch, model, shards: 3);
        TinyModels.EqualBits(model, VisionTransformer.Load(scratch.Folder));
        scratch.AllClosed();
    }

    [Fact]
    public void Saving_over_shards_puts_the_new_weights_in_force()
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit(1), shards: 2);
        VisionTransformer second = TinyModels.Vit(2);
        second.Save(scratch.Folder);
        TinyModels.EqualBits(second, VisionTransformer.Load(scratch.Folder));
    }

    [Fact]
    public void Failed_load_leaves_the_parameters_as_they_were()
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit(1), t => t.Name == "layernorm.bias" ? [] : [t]);
        VisionTransformer model = TinyModels.Vit(2);
        string before = ModelHash.Of(model);
        using CheckpointFolder checkpoint = CheckpointFolder.Open(scratch.Folder);
        Assert.Throws<HkaFerException>(() => model.Load(checkpoint));
        Assert.Equal(before, ModelHash.Of(model));
    }
}
