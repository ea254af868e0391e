using System.Text.Json;
using HkaFer.Tensors;

namespace HkaFer.Models.Tests;

/// <summary>The published sizes, read from what their config.json says, checked by their counts of weights.</summary>
public class ClipPublishedTests
{
    // OpenAI's files state every value, LAION's only what is not the default; weights of position ids and the like are not counted.
    private const string BasePatch32 = """
        {"model_type":"clip","projection_dim":512,"logit_scale_init_value":2.6592,
        "text_config":{"hidden_size":512,"intermediate_size":2048,"num_attention_heads":8,"num_hidden_layers":12,"max_position_embeddings":77,"vocab_size":49408,"hidden_act":"quick_gelu","bos_token_id":0,"eos_token_id":2,"layer_norm_eps":1e-05,"projection_dim":512},
        "vision_config":{"hidden_size":768,"intermediate_size":3072,"num_attention_heads":12,"num_hidden_layers":12,"image_size":224,"patch_size":32,"hidden_act":"quick_gelu","layer_norm_eps":1e-05,"projection_dim":512}}
        """;

    private const string BasePatch16 = """
        {"model_type":"clip","projection_dim":512,"text_config":{"eos_token_id":2},"vision_config":{"patch_size":16}}
        """;

    private const string LargePatch14 = """
        {"model_type":"clip","projection_dim":768,
        "text_config":{"hidden_size":768,"intermediate_size":3072,"num_attention_heads":12,"num_hidden_layers":12,"projection_dim":768},
        "vision_config":{"hidden_size":1024,"intermediate_size":4096,"num_attention_heads":16,"num_hidden_layers":24,"patch_size":14,"projection_dim":768}}
        """;

    private const string LaionBasePatch32 = """
        {"model_type":"clip","projection_dim":512,"text_config":{"hidden_act":"gelu","eos_token_id":49407},"vision_config":{"hidden_act":"gelu"}}
        """;

    private const string LaionLargePatch14 = """
        {"model_type":"clip","projection_dim":768,
        "text_config":{"hidden_size":768,"intermediate_size":3072,"num_attention_heads":12,"hidden_act":"gelu","projection_dim":768},
        "vision_config":{"hidden_size":1024,"intermediate_size":4096,"num_attention_heads":16,"num_hidden_layers":24,"patch_size":14,"hidden_act":"gelu","projection_dim":768}}
        """;

    [Theory]
    [InlineData(BasePatch32, "clip-vit-base-patch32", Activation.QuickGelu, 87_849_216, 63_428_096)]
    [InlineData(BasePatch16, "clip-vit-base-patch16", Activation.QuickGelu, 86_192_640, 63_428_096)]
    [InlineData(LargePatch14, "clip-vit-large-patch14", Activation.QuickGelu, 303_966_208, 123_650_304)]
    [InlineData(LaionBasePatch32, "clip-vit-base-patch32", Activation.Gelu, 87_849_216, 63_428_096)]
    [InlineData(LaionLargePatch14, "clip-vit-large-patch14", Activation.Gelu, 303_966_208, 123_650_304)]
    public void Both_encoders_have_the_published_count(string json, string name, Activation activation, long images, long texts)
    {
        using var document = JsonDocument.Parse(json);
        ClipConfig config = ClipConfig.Parse(document.RootElement, "config.json"), named = ClipConfig.Named(name)!;
        var model = new ClipModel(config);
        Assert.Equal((images, texts, images + texts + 1), (model.Images.ParameterCount, model.Texts.ParameterCount, model.ParameterCount));
        Assert.Equal(images, ClipImageEncoder.Declare(document.RootElement, "config.json").ParameterCount);
        Assert.Equal((activation, activation), (config.Vision.Activation, config.Text.Activation));
        Assert.Equal(named.Vision, config.Vision with { Activation = named.Vision.Activation });
        Assert.Equal(named.Text, config.Text with { Activation = named.Text.Activation, EndToken = named.Text.EndToken });
    }

    [Theory]
    [InlineData(false, 43_008)]
    [InlineData(true, 6_144)]
    public void Eight_tokens_of_context_for_seven_classes_have_the_stated_count(bool shared, long count)
    {
        ClipConfig large = ClipConfig.Named("clip-vit-large-patch14")!;
        var texts = new ClipClassTexts(new ClipTextEncoder(large.Text, large.ProjectionWidth), [.. Enumerable.Repeat((int[][])[[49406, 320, 49407]], 7)]);
        var head = new ClipTextHead(texts, Tensor.Zeros([7, large.ProjectionWidth]), contextTokens: 8, shared: shared);
        Assert.Equal(count, head.Context!.Shape.Count);
    }
}
