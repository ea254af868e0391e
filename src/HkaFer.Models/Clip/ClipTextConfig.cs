using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Sizes and options of CLIP's text encoder.</summary>
public sealed record ClipTextConfig : ClipTowerConfig
{
    /// <summary>Number of tokens that there are.</summary>
    public int Vocabulary { get; init; } = 49408;

    /// <summary>Longest text in tokens.</summary>
    public int Context { get; init; } = 77;

    /// <summary>
    /// The token at whose first place the text's feature is read. 2 stands for the token with the largest id: configs of the first releases
    /// have it by an error.
    /// </summary>
    public int EndToken { get; init; } = 49407;

    /// <summary>The text encoder's part of a <c>config.json</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["model_type"] = "clip_text_model",
        ["hidden_size"] = Width,
        ["num_hidden_layers"] = Depth,
        ["num_attention_heads"] = Heads,
        ["intermediate_size"] = MlpWidth,
        ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = Context,
        ["eos_token_id"] = EndToken,
        ["hidden_act"] = Activation == Activation.Gelu ? "gelu" : "quick_gelu",
        ["layer_norm_eps"] = NormEpsilon,
        ["attention_dropout"] = 0.0,
    };

    internal static ClipTextConfig Read(ConfigReader reader, string where)
    {
        var config = new ClipTextConfig
        {
            Width = reader.Size("hidden_size", 512),
            Depth = reader.Size("num_hidden_layers", 12),
            Heads = reader.Size("num_attention_heads", 8),
            MlpWidth = reader.Size("intermediate_size", 2048),
            Vocabulary = reader.Size("vocab_size", 49408),
            Context = reader.Size("max_position_embeddings", 77),
            EndToken = reader.Size("eos_token_id", 49407),
            Activation = ReadActivation(reader, where),
            NormEpsilon = reader.Number("layer_norm_eps", 1e-5),
        };
        config.Check(where);
        return config;
    }
}
