using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class VitConfigTests
{
    [Theory]
    [InlineData("model_type", "\"vit\"", "expected 'dinov2'")]
    [InlineData("model_type", "null", "'model_type' is missing")]
    [InlineData("model_type", "3", "model_type is 3")]
    [InlineData("hidden_act", "\"relu\"", "hidden_act is 'relu'")]
    [InlineData("hidden_size", "null", "'hidden_size' is missing")]
    [InlineData("hidden_size", "\"384\"", "hidden_size is \"384\"")]
    [InlineData("hidden_size", "0", "hidden_size is 0")]
    [InlineData("hidden_size", "-16", "hidden_size is -16")]
    [InlineData("hidden_size", "16.5", "hidden_size is 16.5")]
    [InlineData("hidden_size", "1e300", "hidden_size is 1e300")]
    [InlineData("hidden_size", "99999999999999999999", "hidden_size is 99999999999999999999")]
    [InlineData("hidden_size", "17", "not divisible by num_attention_heads 2")]
    [InlineData("num_hidden_layers", "1048576", "num_hidden_layers is 1048576")]
    [InlineData("patch_size", "8", "image_size 4 is not possible with patch_size 8")]
    [InlineData("patch_size", "1048576", "patch_size is 1048576")]
    [InlineData("image_size", "1048576", "image_size 1048576")]
    [InlineData("image_size", "[4, 4]", "image_size is [4,4]")]
    [InlineData("num_channels", "1048576", "num_channels is 1048576")]
    [InlineData("mlp_ratio", "1e999", "mlp_ratio")]
    [InlineData("mlp_ratio", "-1", "mlp_ratio -1")]
    [InlineData("mlp_ratio", "0.01", "mlp_ratio 0.01")]
    [InlineData("layer_norm_eps", "0", "layer_norm_eps 0")]
    [InlineData("use_swiglu_ffn", "\"yes\"", "use_swiglu_ffn is \"yes\"")]
    [InlineData("qkv_bias", "[]", "qkv_bias is []")]
    public void Impossible_value_is_named_with_its_file(string key, string value, string expected)
    {
        JsonObject json = TinyModels.Config.ToJson();
        json[key] = JsonNode.Parse(value);
        using var document = JsonDocument.Parse(json.ToJsonString());
        string message = Assert.Throws<HkaFerException>(() => VitConfig.Parse(document.RootElement, "some/config.json")).Message;
        Assert.StartsWith("some/config.json: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message);
    }

    [Fact]
    public void Long_value_is_shortened_in_the_message()
    {
        using var document = JsonDocument.Parse($"{{\"model_type\":\"dinov2\",\"hidden_size\":\"{new string('x', 100_000)}\"}}");
        Assert.True(Assert.Throws<HkaFerException>(() => VitConfig.Parse(document.RootElement, "c")).Message.Length < 300);
    }

    [Theory]
    [InlineData("dinov2-small")]
    [InlineData("dinov2-base")]
    [InlineData("dinov2-large")]
    [InlineData("dinov2-giant")]
    [InlineData("dinov2-giant-registers")]
    public void Named_config_survives_its_json(string name)
    {
        VitConfig config = VitConfig.Named(name)!;
        using var document = JsonDocument.Parse(config.ToJson().ToJsonString());
        Assert.Equal(config, VitConfig.Parse(document.RootElement, "x"));
    }

    [Fact]
    public void Largest_config_that_is_accepted_describes_a_model_without_making_it()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var model = new VisionTransformer(new VitConfig
        {
            Width = 1 << 20, Depth = VitConfig.MaxDepth, Heads = 1, Patch = 1, ImageSize = VitConfig.MaxGrid, Channels = VitConfig.MaxGrid, MlpRatio = 64,
        });
        Assert.True(model.ParameterCount > 1L << 50);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20);
    }
}
