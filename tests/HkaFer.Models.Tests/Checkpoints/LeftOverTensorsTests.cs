using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public sealed class LeftOverTensorsTests
{
    [Fact]
    public void Tensor_without_a_place_is_named_by_the_headers_and_by_the_loaded_model()
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit(), t => [t, .. t.Name == "layernorm.bias" ? [("extra.weight", Tensor.Zeros([2])), ("head.bias", Tensor.Zeros([1]))] : ((string, Tensor)[])[]]);
        Assert.Equal(["extra.weight", "head.bias"], LeftOverTensors.In(scratch.Folder));
        Assert.Equal(["extra.weight", "head.bias"], ImageEncoder.LoadFolder(scratch.Folder).LeftOver);
    }

    [Fact]
    public void Head_of_a_published_classifier_has_its_place_in_it_and_none_in_a_backbone()
    {
        using var scratch = new Scratch();
        TinyModels.Write(
            scratch, TinyModels.Vit(), t => [($"dinov2.{t.Name}", t.Tensor), .. t.Name == "layernorm.bias" ? [("classifier.weight", Tensor.Zeros([3, 32])), ("classifier.bias", Tensor.Zeros([3]))] : ((string, Tensor)[])[]]);
        Assert.Empty(LeftOverTensors.In(scratch.Folder)!);
        Assert.Equal(["classifier.bias", "classifier.weight"], ImageEncoder.LoadFolder(scratch.Folder).LeftOver);
    }

    [Fact]
    public void Text_encoder_of_a_whole_clip_is_not_left_over()
    {
        using var scratch = new Scratch();
        string clip = TinyClip.Write(scratch);
        Assert.Empty(LeftOverTensors.In(clip)!);
        Assert.Empty(ImageEncoder.LoadFolder(clip).LeftOver);
        ClipImageEncoder.Load(clip, out _).Save(scratch["images"]);
        Assert.Empty(LeftOverTensors.In(scratch["images"])!);
    }

    [Fact]
    public void Kind_that_is_not_known_has_no_answer()
    {
        using var scratch = new Scratch();
        scratch.Write("config.json", """{"model_type":"bert"}""");
        Assert.Null(LeftOverTensors.In(scratch.Folder));
    }
}
