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
        Preprocessing small = CheckpointPreprocessing.Of(null, s_dinov2), clip = CheckpointPreprocessing.Of(null, s_clip);
        Preprocessing dinov2 = CheckpointPreprocessing.Of(null, new VisionTransformer(VitConfig.Named("dinov2-small")!));
        Assert.Equal((224, 256, Framing.ShortestEdgeCrop, 0.485f), (dinov2.Size, dinov2.Edge, dinov2.Framing, dinov2.Mean[0]));
        Assert.Equal((4, Framing.Squash), (small.Size, small.Framing));
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

    // As the library's CLIPImageProcessor, BitImageProcessor and ViTImageProcessor do it.
    [Theory]
    [InlineData("""{"size":{"height":40,"width":40},"crop_size":32}""", 32, 40, Framing.SquashCrop, Resampling.Bicubic, 0.48145466f)]
    [InlineData("""{"size":{"shortest_edge":40},"crop_size":{"height":32,"width":32}}""", 32, 40, Framing.ShortestEdgeCrop, Resampling.Bicubic, 0.48145466f)]
    [InlineData("""{"size":40,"crop_size":32,"image_processor_type":"CLIPImageProcessorFast"}""", 32, 40, Framing.ShortestEdgeCrop, Resampling.Bicubic, 0.48145466f)]
    [InlineData("""{"size":40}""", 32, 40, Framing.ShortestEdgeCrop, Resampling.Bicubic, 0.48145466f)]
    [InlineData("""{"size":{"height":32,"width":32},"do_center_crop":false}""", 32, 32, Framing.Squash, Resampling.Bicubic, 0.48145466f)]
    [InlineData("""{"size":32,"image_processor_type":"ViTImageProcessor"}""", 32, 32, Framing.Squash, Resampling.Bilinear, 0.5f)]
    [InlineData("""{"size":32,"feature_extractor_type":"ViTFeatureExtractor","image_mean":[0.1,0.2,0.3],"resample":3,"crop_size":20}""", 32, 32, Framing.Squash, Resampling.Bicubic, 0.1f)]
    public void Size_and_crop_mean_what_they_mean_in_the_library(string json, int size, int edge, Framing framing, Resampling resampling, float red)
    {
        using var scratch = new Scratch();
        scratch.Write("preprocessor_config.json", json);
        Preprocessing read = CheckpointPreprocessing.For(scratch.Folder, s_clip);
        Assert.Equal((size, edge, framing, resampling, red), (read.Size, read.Edge, read.Framing, read.Resampling, read.Mean[0]));
    }

    [Fact]
    public void Pictures_of_a_size_that_the_model_does_not_take_are_an_error_that_names_the_file()
    {
        using var scratch = new Scratch();
        scratch.Write("preprocessor_config.json", """{"size":45,"crop_size":33}""");
        Assert.Contains("makes pictures of 33 pixels, and the model in this folder takes 32 pixels", Assert.Throws<HkaFerException>(() => CheckpointPreprocessing.For(scratch.Folder, s_clip)).Message);
        Assert.Contains("a multiple of its patch of 2 pixels", Assert.Throws<HkaFerException>(() => CheckpointPreprocessing.For(scratch.Folder, s_dinov2)).Message);
    }

    [Fact]
    public void Zero_shot_reads_pictures_as_the_checkpoint_says()
    {
        using var scratch = new Scratch();
        string clip = TinyClip.Write(scratch);
        File.WriteAllText(Path.Combine(clip, "preprocessor_config.json"), """{"size":{"shortest_edge":40},"crop_size":32,"do_normalize":false}""");
        Assert.Equal(
            new Preprocessing { Size = 32, Edge = 40, Framing = Framing.ShortestEdgeCrop, Mean = [0, 0, 0], Std = [1, 1, 1] },
            ExpressionModel.ZeroShot(clip, ["neutral", "happiness"], new TextSettings { Prompts = "names" }).Preprocessing);
    }

    [Theory]
    [InlineData("""{"do_resize":false,"crop_size":32}""", "do_resize is false")]
    [InlineData("""{"do_pad":true,"size":32,"crop_size":32}""", "do_pad is true")]
    [InlineData("""{"size":{"shortest_edge":32},"do_center_crop":false}""", "size is the shorter edge (32) and nothing is cropped")]
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

    [Theory]
    [InlineData(Framing.Squash, 224, Resampling.Bilinear)]
    [InlineData(Framing.SquashCrop, 256, Resampling.Nearest)]
    [InlineData(Framing.ShortestEdgeCrop, 248, Resampling.Lanczos)]
    [InlineData(Framing.ShortestEdgeCrop, 256, Resampling.Bicubic)]
    public void Written_file_reads_as_the_same_preprocessing(Framing framing, int edge, Resampling resampling)
    {
        using var scratch = new Scratch();
        var preprocessing = new Preprocessing { Size = 224, Framing = framing, Edge = edge, Resampling = resampling, Mean = [0.1f, 0.48145466f, 0.3f], Std = [0.2f, 0.7f, 1] };
        CheckpointPreprocessing.Write(scratch.Folder, preprocessing);
        Assert.Equal(preprocessing, CheckpointPreprocessing.Of(scratch.Folder, s_clip));
        Assert.Equal(preprocessing, CheckpointPreprocessing.Of(scratch.Folder, TinyModels.Vit()));
    }
}
