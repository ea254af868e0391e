using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class ClipConfigTests
{
    private const string Sound = """
        {"model_type":"clip","projection_dim":24,"logit_scale_init_value":2.5,
        "text_config":{"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,"vocab_size":10,"max_position_embeddings":5,"eos_token_id":2,"hidden_act":"gelu"},
        "vision_config":{"hidden_size":16,"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":32,"patch_size":2,"image_size":4,"num_channels":1,"layer_norm_eps":1e-6}}
        """;

    [Fact]
    public void Every_value_is_read_from_its_place() => Assert.Equal(
        new ClipConfig
        {
            Vision = new ClipVisionConfig { Width = 16, Depth = 2, Heads = 2, MlpWidth = 32, Patch = 2, ImageSize = 4, Channels = 1, NormEpsilon = 1e-6 },
            Text = new ClipTextConfig { Width = 8, Depth = 1, Heads = 2, MlpWidth = 16, Vocabulary = 10, Context = 5, EndToken = 2, Activation = Activation.Gelu },
            ProjectionWidth = 24,
            LogitScale = 2.5,
        },
        Parse(Sound));

    [Fact]
    public void What_a_config_leaves_out_has_the_published_defaults()
    {
        ClipConfig config = Parse("""{"model_type":"clip","text_config":{},"vision_config":{}}""");
        Assert.Equal(ClipConfig.Named("clip-vit-base-patch32"), config);
    }

    [Theory]
    [InlineData("model_type", "\"clip_text_model\"", "model_type is 'clip_text_model'")]
    [InlineData("vision_config", "null", "'vision_config' is missing")]
    [InlineData("text_config", "[]", "text_config is []")]
    [InlineData("projection_dim", "0", "projection_dim is 0")]
    [InlineData("logit_scale_init_value", "1e6", "logit_scale_init_value is 1000000")]
    [InlineData("vision_config.hidden_size", "15", "vision_config: hidden_size 15")]
    [InlineData("vision_config.num_hidden_layers", "1000000", "vision_config: num_hidden_layers is 1000000")]
    [InlineData("vision_config.image_size", "1", "image_size 1 is not possible with patch_size 2")]
    [InlineData("vision_config.hidden_act", "\"relu\"", "vision_config: hidden_act is 'relu'")]
    [InlineData("text_config.vocab_size", "-5", "text_config: vocab_size is -5")]
    [InlineData("text_config.layer_norm_eps", "2", "text_config: layer_norm_eps is 2")]
    public void Impossible_value_is_named_with_its_file(string key, string value, string expected)
    {
        JsonObject json = JsonNode.Parse(Sound)!.AsObject(), place = json;
        if (key.Split('.') is [string section, string name])
        {
            (place, key) = (json[section]!.AsObject(), name);
        }

        place[key] = JsonNode.Parse(value);
        string message = Assert.Throws<HkaFerException>(() => Parse(json.ToJsonString())).Message;
        Assert.StartsWith("some/config.json: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message);
    }

    private static ClipConfig Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return ClipConfig.Parse(document.RootElement, "some/config.json");
    }
}
