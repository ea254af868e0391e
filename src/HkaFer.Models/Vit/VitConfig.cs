using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Models;

/// <summary>Sizes and options of a vision transformer in the DINOv2 form, as its <c>config.json</c> gives them.</summary>
public sealed record VitConfig
{
    internal const int MaxDepth = 1024;
    internal const int MaxGrid = 1024;

    /// <summary>Embedding width d.</summary>
    public required int Width { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Attention heads a block.</summary>
    public required int Heads { get; init; }

    /// <summary>Patch side in pixels.</summary>
    public int Patch { get; init; } = 14;

    /// <summary>Side in pixels of the images that the position embeddings are stored for.</summary>
    public int ImageSize { get; init; } = 518;

    /// <summary>Image channels.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Hidden width of the MLP over d.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Whether the MLP is a SwiGLU.</summary>
    public bool SwiGlu { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Epsilon of the layer norms.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>First value of the layer scales.</summary>
    public double LayerScale { get; init; } = 1;

    /// <summary>Register tokens after the class token; with any, position embeddings are resized with antialiasing.</summary>
    public int Registers { get; init; }

    /// <summary>Whether the checkpoint holds a mask token (for masked-image pre-training; unused otherwise).</summary>
    public bool MaskToken { get; init; } = true;

    /// <summary>Hidden width of the MLP.</summary>
    public int MlpWidth => SwiGlu
        ? ((int)((int)(Width * MlpRatio) * 2 / 3.0) + 7) / 8 * 8
        : (int)(Width * MlpRatio);

    /// <summary>Patches along a side of the stored position embeddings.</summary>
    public int Grid => ImageSize / Patch;

    /// <summary>The published DINOv2 architectures by name, or null.</summary>
    /// <param name="name"><c>dinov2-small</c>, <c>-base</c>, <c>-large</c>, <c>-giant</c>, each also with <c>-registers</c>.</param>
    public static VitConfig? Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int registers = name.EndsWith("-registers", StringComparison.Ordinal) ? 4 : 0;
        VitConfig? config = (registers > 0 ? name[..^"-registers".Length] : name) switch
        {
            "dinov2-small" => new VitConfig { Width = 384, Depth = 12, Heads = 6 },
            "dinov2-base" => new VitConfig { Width = 768, Depth = 12, Heads = 12 },
            "dinov2-large" => new VitConfig { Width = 1024, Depth = 24, Heads = 16 },
            "dinov2-giant" => new VitConfig { Width = 1536, Depth = 40, Heads = 24, SwiGlu = true },
            _ => null,
        };
        return config is null ? null : config with { Registers = registers };
    }

    /// <summary>Reads <c>config.json</c>.</summary>
    /// <param name="json">The parsed file.</param>
    /// <param name="where">Its path, for messages.</param>
    /// <exception cref="HkaFerException">It describes another kind of model, or a value is missing or impossible.</exception>
    public static VitConfig Parse(JsonElement json, string where)
    {
        var reader = new ConfigReader(json, where);
        string type = reader.Text("model_type");
        bool registers = type == "dinov2_with_registers";
        if (type != "dinov2" && !registers)
        {
            throw new HkaFerException($"{where}: model_type is '{type}'; expected 'dinov2' or 'dinov2_with_registers'");
        }

        string activation = reader.Text("hidden_act", "gelu");
        if (activation != "gelu")
        {
            throw new HkaFerException($"{where}: hidden_act is '{activation}'; expected 'gelu'");
        }

        var config = new VitConfig
        {
            Width = reader.Size("hidden_size"),
            Depth = reader.Size("num_hidden_layers"),
            Heads = reader.Size("num_attention_heads"),
            Patch = reader.Size("patch_size", 14, MaxGrid),
            ImageSize = reader.Size("image_size", 224),
            Channels = reader.Size("num_channels", 3, MaxGrid),
            MlpRatio = reader.Number("mlp_ratio", 4),
            SwiGlu = reader.Flag("use_swiglu_ffn", false),
            QkvBias = reader.Flag("qkv_bias", true),
            NormEpsilon = reader.Number("layer_norm_eps", 1e-6),
            LayerScale = reader.Number("layerscale_value", 1),
            Registers = registers ? reader.Size("num_register_tokens", 4) : 0,
            MaskToken = reader.Flag("use_mask_token", true),
        };
        config.Check(where);
        return config;
    }

    /// <summary>The content of <c>config.json</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["architectures"] = new JsonArray(Registers > 0 ? "Dinov2WithRegistersModel" : "Dinov2Model"),
        ["model_type"] = Registers > 0 ? "dinov2_with_registers" : "dinov2",
        ["hidden_size"] = Width,
        ["num_hidden_layers"] = Depth,
        ["num_attention_heads"] = Heads,
        ["mlp_ratio"] = MlpRatio == Math.Floor(MlpRatio) ? (int)MlpRatio : MlpRatio,
        ["hidden_act"] = "gelu",
        ["patch_size"] = Patch,
        ["image_size"] = ImageSize,
        ["num_channels"] = Channels,
        ["layerscale_value"] = LayerScale,
        ["use_swiglu_ffn"] = SwiGlu,
        ["use_mask_token"] = MaskToken,
        ["qkv_bias"] = QkvBias,
        ["layer_norm_eps"] = NormEpsilon,
        ["num_register_tokens"] = Registers > 0 ? Registers : null,
        ["apply_layernorm"] = true,
        ["drop_path_rate"] = 0.0,
        ["hidden_dropout_prob"] = 0.0,
        ["attention_probs_dropout_prob"] = 0.0,
        ["initializer_range"] = 0.02,
        ["dtype"] = "float32",
    };

    /// <summary>Checks that the sizes fit each other.</summary>
    /// <exception cref="HkaFerException">They do not.</exception>
    public void Check(string where)
    {
        if (Width % Heads != 0)
        {
            throw new HkaFerException($"{where}: hidden_size {Width} is not divisible by num_attention_heads {Heads}");
        }

        // Far beyond all published models; values from outside must not make objects without end.
        if (Depth is < 1 or > MaxDepth)
        {
            throw new HkaFerException($"{where}: num_hidden_layers is {Depth}; expected 1 to {MaxDepth}");
        }

        if (ImageSize < Patch || ImageSize / Patch > MaxGrid)
        {
            throw new HkaFerException($"{where}: image_size {ImageSize} is not possible with patch_size {Patch}; expected 1 to {MaxGrid} patches along a side");
        }

        if (MlpRatio is not (> 0 and <= 64) || NormEpsilon is not (> 0 and < 1))
        {
            throw new HkaFerException($"{where}: mlp_ratio {MlpRatio} or layer_norm_eps {NormEpsilon} is out of range (0 to 64, 0 to 1)");
        }

        if (MlpWidth < 1)
        {
            throw new HkaFerException($"{where}: mlp_ratio {MlpRatio} of hidden_size {Width} gives a layer without entries");
        }
    }
}
