using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Sizes and options of CLIP's image encoder.</summary>
public sealed record ClipVisionConfig : ClipTowerConfig
{
    /// <summary>Patch side in pixels.</summary>
    public int Patch { get; init; } = 32;

    /// <summary>Side in pixels of the images.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Image channels.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Patches along a side.</summary>
    public int Grid => ImageSize / Patch;

    /// <summary>The content of the <c>config.json</c> of an image encoder alone.</summary>
    public JsonObject ToJson() => new()
    {
        ["architectures"] = new JsonArray("CLIPVisionModelWithProjection"),
        ["model_type"] = ClipConfig.VisionAlone,
        ["hidden_size"] = Width,
        ["num_hidden_layers"] = Depth,
        ["num_attention_heads"] = Heads,
        ["intermediate_size"] = MlpWidth,
        ["patch_size"] = Patch,
        ["image_size"] = ImageSize,
        ["num_channels"] = Channels,
        ["hidden_act"] = Activation == Activation.Gelu ? "gelu" : "quick_gelu",
        ["layer_norm_eps"] = NormEpsilon,
        ["attention_dropout"] = 0.0,
    };

    // What a config leaves out has the value that the hub's own library gives it.
    internal static ClipVisionConfig Read(ConfigReader reader, string where)
    {
        var config = new ClipVisionConfig
        {
            Width = reader.Size("hidden_size", 768),
            Depth = reader.Size("num_hidden_layers", 12),
            Heads = reader.Size("num_attention_heads", 12),
            MlpWidth = reader.Size("intermediate_size", 3072),
            Patch = reader.Size("patch_size", 32, VitConfig.MaxGrid),
            ImageSize = reader.Size("image_size", 224),
            Channels = reader.Size("num_channels", 3, VitConfig.MaxGrid),
            Activation = ReadActivation(reader, where),
            NormEpsilon = reader.Number("layer_norm_eps", 1e-5),
        };
        config.Check(where);
        return config;
    }

    /// <inheritdoc/>
    public override void Check(string where)
    {
        base.Check(where);
        if (Patch < 1 || ImageSize < Patch || Grid > VitConfig.MaxGrid)
        {
            throw new HkaFerException($"{where}: image_size {ImageSize} is not possible with patch_size {Patch}; expected 1 to {VitConfig.MaxGrid} patches along a side");
        }
    }
}
