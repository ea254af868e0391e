using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class QwenVlConfigTests
{
    /// <summary>What the published Qwen2-VL-2B states, and what it leaves out.</summary>
    private const string Published2B = """
        {"model_type": "qwen2_vl", "hidden_act": "silu", "hidden_size": 1536, "intermediate_size": 8960, "max_position_embeddings": 32768,
         "num_attention_heads": 12, "num_hidden_layers": 28, "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
         "sliding_window": 32768, "tie_word_embeddings": true, "use_sliding_window": false, "vocab_size": 151936,
         "vision_start_token_id": 151652, "vision_end_token_id": 151653, "image_token_id": 151655, "video_token_id": 151656,
         "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
         "vision_config": {"hidden_size": 1536, "in_chans": 3, "model_type": "qwen2_vl", "spatial_patch_size": 14}}
        """;

    [Fact]
    public void Published_config_that_leaves_defaults_out_is_read() => Same(QwenVlConfig.Named("qwen2-vl-2b")!, Parse(Published2B));

    [Fact]
    public void Published_config_of_7b_is_read()
    {
        string path = Path.Combine(Fixtures.RequireData("qwen"), "config.json");
        Same(QwenVlConfig.Named("qwen2.5-vl-7b")!, QwenVlConfig.Parse(CheckpointFolder.ReadJson(path), path));
    }

    [Fact]
    public void Names_are_those_of_the_published_7b()
    {
        JsonElement map = CheckpointFolder.ReadJson(Path.Combine(Fixtures.RequireData("qwen"), "model.safetensors.index.json")).GetProperty("weight_map");
        Assert.Equal(
            map.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal),
            new QwenVl(QwenVlConfig.Named("qwen2.5-vl-7b")!).CheckpointMap().SelectMany(m => m.Sources).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("qwen2-vl-2b", 2_208_985_600)]
    [InlineData("qwen2-vl-7b", 8_291_375_616)]
    [InlineData("qwen2.5-vl-3b", 3_754_622_976)]
    [InlineData("qwen2.5-vl-7b", 8_292_166_656)]
    public void Named_model_has_the_published_count(string name, long expected) =>
        Assert.Equal(expected, new QwenVl(QwenVlConfig.Named(name)!).ParameterCount);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Written_config_is_read_back(bool windowed)
    {
        QwenVlConfig config = TinyQwen.Config(windowed);
        Same(config with { Vision = config.Vision with { FullBlocks = windowed ? [1] : [], Window = windowed ? 8 : 112 } }, Parse(config.ToJson().ToJsonString()));
    }

    [Fact]
    public void Nested_config_with_new_names_is_read()
    {
        JsonObject flat = JsonNode.Parse(Published2B)!.AsObject(), text = [];
        foreach (string key in flat.Select(p => p.Key).Where(key => key is not ("model_type" or "vision_config" or "image_token_id" or "video_token_id")).ToArray())
        {
            text[key] = flat[key]!.DeepClone();
            flat.Remove(key);
        }

        text.Remove("rope_scaling");
        text.Remove("rope_theta");
        text["rope_parameters"] = JsonNode.Parse("""{"rope_type": "default", "rope_theta": 1000000.0, "mrope_section": [16, 24, 24]}""");
        flat["text_config"] = text;
        Same(QwenVlConfig.Named("qwen2-vl-2b")!, Parse(flat.ToJsonString()));
    }

    [Theory]
    [InlineData("model_type", "\"qwen2_audio\"", "model_type is 'qwen2_audio'")]
    [InlineData("vision_config", "null", "'vision_config' is missing")]
    [InlineData("hidden_size", "2000000000", "hidden_size is 2000000000")]
    [InlineData("hidden_size", "1e30", "hidden_size is 1e30")]
    [InlineData("vocab_size", "99999999999", "vocab_size is 99999999999")]
    [InlineData("num_hidden_layers", "1000000", "num_hidden_layers is 1000000")]
    [InlineData("num_key_value_heads", "5", "not a multiple of num_key_value_heads 5")]
    [InlineData("num_attention_heads", "1048576", "a head of width 1 is not possible")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act is 'gelu'")]
    [InlineData("use_sliding_window", "true", "use_sliding_window is true")]
    [InlineData("rms_norm_eps", "0", "rms_norm_eps 0")]
    [InlineData("rope_theta", "-1", "rope_theta -1")]
    [InlineData("rope_scaling", "{\"type\": \"yarn\"}", "of type 'yarn'")]
    [InlineData("rope_scaling", "{\"type\": \"mrope\", \"mrope_section\": [16, 24]}", "three numbers that sum to 64")]
    [InlineData("rope_scaling", "{\"type\": \"mrope\", \"mrope_section\": [16, -24, 24]}", "expected integers from 0")]
    [InlineData("vision_config", "{\"hidden_size\": 7}", "have width 7, the language model's hidden_size is 1536")]
    [InlineData("vision_config", "{\"depth\": 100000}", "vision_config: depth is 100000")]
    [InlineData("vision_config", "{\"num_heads\": 7}", "into 7 heads")]
    [InlineData("vision_config", "{\"mlp_ratio\": 1e9}", "mlp_ratio is")]
    [InlineData("vision_config", "{\"spatial_merge_size\": 1000}", "spatial_merge_size is 1000")]
    [InlineData("vision_config", "{\"hidden_act\": \"relu\"}", "hidden_act is 'relu'")]
    public void Impossible_value_is_named_with_its_file(string key, string value, string expected)
    {
        JsonObject json = JsonNode.Parse(Published2B)!.AsObject();
        json[key] = JsonNode.Parse(value);
        string message = Assert.Throws<HkaFerException>(() => Parse(json.ToJsonString())).Message;
        Assert.StartsWith("some/config.json", message, StringComparison.Ordinal);
        Assert.Contains(expected, message);
    }

    [Fact]
    public void Windows_that_cut_blocks_are_refused()
    {
        JsonObject json = TinyQwen.Config(true).ToJson();
        json["vision_config"]!["window_size"] = 6;
        Assert.Contains("window_size 6 is not a multiple of 4", Assert.Throws<HkaFerException>(() => Parse(json.ToJsonString())).Message);
    }

    private static QwenVlConfig Parse(string json) => QwenVlConfig.Parse(JsonSerializer.Deserialize<JsonElement>(Encoding.UTF8.GetBytes(json)), "some/config.json");

    /// <summary>By what they write, since records compare lists by reference.</summary>
    private static void Same(QwenVlConfig expected, QwenVlConfig actual)
    {
        Assert.Equal(expected.ToJson().ToJsonString(), actual.ToJson().ToJsonString());
        Assert.Equal(expected.Vision with { FullBlocks = actual.Vision.FullBlocks }, actual.Vision with { Window = expected.Vision.Window });
        Assert.Equal(expected.Text with { RopeSections = actual.Text.RopeSections }, actual.Text);
    }
}
