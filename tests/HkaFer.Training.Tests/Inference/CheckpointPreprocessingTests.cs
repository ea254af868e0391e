using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class CheckpointPreprocessingTests
{
    private static readonly ImageEncoder s_dinov2 = new VisionTransformer(TinyModels.Config);
    private static readonly ImageEncoder s_clip = new ClipImageEncoder(TinyClip.Config.Vision, 16);

    // As facebook/dinov2-base and openai/clip-vit-base-patch32 have it.
    [Theory]
    [InlineData("""{"crop_size":{"height":224,"width":224},"do_center_crop":true,"do_convert_rgb":true,"do_normalize":true,"do_rescale":true,"do_resize":true,"image_mean":[0.485,0.456,0.406],"image_processor_type":"BitImageProcessor","image_std":[0.229,0.224,0.225],"resample":3,"rescale_factor":0.00392156862745098,"size":{"shortest_edge":256}}""", 256, 0.485f)]
    [InlineData("""{"crop_size":224,"do_center_crop":true,"do_normalize":true,"do_resize":true,"feature_extractor_type":"CLIPFeatureExtractor","image_mean":[0.48145466,0.4578275,0.40821073],"image_std":[0.26862954,0.26130258,0.27577711],"resample":3,"size":224}""", 224, 0.48145466f)]
    public void Published_files_are_read(string json, int edge, float red)
    {
        using var scratch = new Scratch();
        scratch.Write("preprocessor_config.json", json);
        Preprocessing read = CheckpointPreprocessing.Of(scratch.Folder, s_dinov2);
        Assert.Equal((224, edge, Framing.ShortestEdgeCrop, Resampling.Bicubic), (read.Size, read.Edge, read.Framing, read.Resampling));
        Assert.Equal(red, read.Mean[0]);
    }

    [Fact]
    public void Without_a_file_the_familys_own_is_used()
    {
        Preprocessing dinov2 = CheckpointPreprocessing.Of(null, s_dinov2), clip = CheckpointPreprocessing.Of(null, s_clip);
        Assert.Equal((224, 256, 0.485f), (dinov2.Size, dinov2.Edge, dinov2.Mean[0]));
        Assert.Equal((32, 32, 0.48145466f), (clip.Size, clip.Edge, clip.Mean[0]));
    }

    [Fact]
    public void Recipe_keeps_the_papers_framing_and_takes_the_rest_from_the_checkpoint()
    {
        Preprocessing clip = CheckpointPreprocessing.Of(null, s_clip);
        Assert.Equal(
            new Preprocessing { Size = 224, Edge = 32, Mean = clip.Mean, Std = clip.Std }, new PreprocessingSettings().Resolve(clip));
        Assert.Equal(
            new Preprocessing { Size = 32, Edge = 40, Framing = Framing.ShortestEdgeCrop, Mean = [0, 0, 0], Std = clip.Std },
            new PreprocessingSettings { Size = 32, Edge = 40, Framing = Framing.ShortestEdgeCrop, Mean = [0, 0, 0] }.Resolve(clip));
    }

    [Theory]
    [InlineData("""{"size":{"height":224,"width":200}}""", "size is")]
    [InlineData("""{"size":-1}""", "size is -1")]
    [InlineData("""{"crop_size":"x"}""", "crop_size is \"x\"")]
    [InlineData("""{"image_mean":[1,2]}""", "image_mean is [1,2]; expected three numbers")]
    [InlineData("""{"image_std":[1,0,1]}""", "std must be three numbers above zero")]
    [InlineData("""{"resample":9}""", "resample is 9")]
    [InlineData("""{"do_normalize":"yes"}""", "do_normalize is \"yes\"")]
    [InlineData("""{"rescale_factor":1}""", "pixels are scaled by 1")]
    [InlineData("""{"size":224,"crop_size":300}""", "edge must be 300")]
    public void Impossible_value_is_named_with_its_file(string json, string expected)
    {
        using var scratch = new Scratch();
        string path = scratch.Write("preprocessor_config.json", json);
        string message = Assert.Throws<HkaFerException>(() => CheckpointPreprocessing.Of(scratch.Folder, s_clip)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message);
    }
}
