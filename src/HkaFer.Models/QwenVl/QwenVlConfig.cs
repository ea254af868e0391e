using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Sizes and options of a Qwen2-VL or Qwen2.5-VL.</summary>
public sealed record QwenVlConfig
{
    private const string Two = "qwen2_vl", TwoFive = "qwen2_5_vl";

    /// <summary>The language model.</summary>
    public required QwenTextConfig Text { get; init; }

    /// <summary>The vision tower; it says which generation the model is of.</summary>
    public required QwenVisionConfig Vision { get; init; }

    /// <summary>The token in whose places visual tokens are put.</summary>
    public int ImageToken { get; init; } = 151655;

    /// <summary>As <see cref="ImageToken"/> for frames of a film, which are not supported.</summary>
    public int VideoToken { get; init; } = 151656;

    /// <summary>The token before an image's; nothing here needs it, readers of the file may.</summary>
    public int VisionStartToken { get; init; } = 151652;

    /// <summary>The token after an image's.</summary>
    public int VisionEndToken { get; init; } = 151653;

    /// <summary>A published model's sizes, or null where the name is not known.</summary>
    /// <param name="name"><c>qwen2-vl-2b</c>, <c>qwen2-vl-7b</c>, <c>qwen2.5-vl-3b</c>, <c>qwen2.5-vl-7b</c>.</param>
    public static QwenVlConfig? Named(string name) => name switch
    {
        "qwen2-vl-2b" => Published(false, 1536, 8960, 28, 12, 2, 151936, 32768),
        "qwen2-vl-7b" => Published(false, 3584, 18944, 28, 28, 4, 152064, 32768),
        "qwen2.5-vl-3b" => Published(true, 2048, 11008, 36, 16, 2, 151936, 128000),
        "qwen2.5-vl-7b" => Published(true, 3584, 18944, 28, 28, 4, 152064, 128000),
        _ => null,
    };

    /// <summary>Whether a <c>config.json</c> is that of a Qwen2-VL or Qwen2.5-VL.</summary>
    public static bool IsOf(JsonElement json) => json.TryGetProperty("model_type", out JsonElement type) && type.ToString() is Two or TwoFive;

    /// <summary>Reads <c>config.json</c>, flat as published or with a <c>text_config</c> as newer files have it.</summary>
    /// <param name="json">The parsed file.</param>
    /// <param name="where">Its path, for messages.</param>
    /// <exception cref="HkaFerException">It describes another kind of model, or a value is missing or impossible.</exception>
    public static QwenVlConfig Parse(JsonElement json, string where)
    {
        var reader = new ConfigReader(json, where);
        string type = reader.Text("model_type");
        if (type is not (Two or TwoFive))
        {
            throw new HkaFerException($"{where}: model_type is '{type}'; expected '{Two}' or '{TwoFive}'");
        }

        QwenTextConfig text = QwenTextConfig.Read(reader, where);
        ConfigReader vision = reader.Section("vision_config") ?? throw new HkaFerException($"{where}: 'vision_config' is missing; expected an object");
        return new QwenVlConfig
        {
            Text = text,
            Vision = QwenVisionConfig.Read(vision, type == TwoFive, text.Width, $"{where}: vision_config"),
            ImageToken = reader.Size("image_token_id", 151655),
            VideoToken = reader.Size("video_token_id", 151656),
            VisionStartToken = reader.Size("vision_start_token_id", 151652),
            VisionEndToken = reader.Size("vision_end_token_id", 151653),
        };
    }

    /// <summary>The content of <c>config.json</c>, in the form of the published files.</summary>
    public JsonObject ToJson()
    {
        var vision = new JsonObject
        {
            ["model_type"] = Vision.Windowed ? TwoFive : Two,
            ["depth"] = Vision.Depth,
            ["hidden_act"] = Vision.Activation switch { Activation.QuickGelu => "quick_gelu", Activation.Gelu => "gelu", _ => "silu" },
            ["num_heads"] = Vision.Heads,
            ["in_channels"] = Vision.Channels,
            ["patch_size"] = Vision.Patch,
            ["spatial_merge_size"] = Vision.Merge,
            ["temporal_patch_size"] = Vision.Frames,
        };
        if (Vision.Windowed)
        {
            vision["hidden_size"] = Vision.Width;
            vision["intermediate_size"] = Vision.MlpWidth;
            vision["out_hidden_size"] = Vision.OutWidth;
            vision["window_size"] = Vision.Window;
            vision["fullatt_block_indexes"] = new JsonArray([.. Vision.FullBlocks.Select(block => (JsonNode)block)]);
        }
        else
        {
            vision["embed_dim"] = Vision.Width;
            vision["hidden_size"] = Vision.OutWidth;
            vision["mlp_ratio"] = Vision.MlpWidth % Vision.Width == 0 ? Vision.MlpWidth / Vision.Width : (double)Vision.MlpWidth / Vision.Width;
        }

        return new JsonObject
        {
            ["architectures"] = new JsonArray(Vision.Windowed ? "Qwen2_5_VLForConditionalGeneration" : "Qwen2VLForConditionalGeneration"),
            ["model_type"] = Vision.Windowed ? TwoFive : Two,
            ["hidden_size"] = Text.Width,
            ["intermediate_size"] = Text.MlpWidth,
            ["num_hidden_layers"] = Text.Depth,
            ["num_attention_heads"] = Text.Heads,
            ["num_key_value_heads"] = Text.KeyHeads,
            ["head_dim"] = Text.HeadWidth,
            ["vocab_size"] = Text.Vocabulary,
            ["max_position_embeddings"] = Text.Context,
            ["hidden_act"] = "silu",
            ["rms_norm_eps"] = Text.NormEpsilon,
            ["rope_theta"] = Text.RopeBase,
            ["rope_scaling"] = new JsonObject { ["type"] = "mrope", ["mrope_section"] = new JsonArray([.. Text.RopeSections.Select(section => (JsonNode)section)]) },
            ["tie_word_embeddings"] = Text.Tied,
            ["use_sliding_window"] = false,
            ["image_token_id"] = ImageToken,
            ["video_token_id"] = VideoToken,
            ["vision_start_token_id"] = VisionStartToken,
            ["vision_end_token_id"] = VisionEndToken,
            ["vision_config"] = vision,
            ["dtype"] = "float32",
        };
    }

    /// <summary>The small models share the embedding table with the output layer.</summary>
    private static QwenVlConfig Published(bool windowed, int width, int mlp, int depth, int heads, int keyHeads, int vocabulary, int context) => new()
    {
        Text = new QwenTextConfig
        {
            Width = width,
            MlpWidth = mlp,
            Depth = depth,
            Heads = heads,
            KeyHeads = keyHeads,
            Vocabulary = vocabulary,
            Context = context,
            Tied = vocabulary == 151936,
        },
        Vision = new QwenVisionConfig
        {
            Windowed = windowed,
            OutWidth = width,
            MlpWidth = windowed ? 3420 : 5120,
            Activation = windowed ? Activation.Silu : Activation.QuickGelu,
        },
    };
}
