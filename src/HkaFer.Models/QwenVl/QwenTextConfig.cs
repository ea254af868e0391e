using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Sizes and options of the language model of a Qwen2-VL or Qwen2.5-VL.</summary>
public sealed record QwenTextConfig
{
    /// <summary>Embedding width d.</summary>
    public required int Width { get; init; }

    /// <summary>Hidden width of the MLP.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Heads of the queries of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of its keys and values; divides <see cref="Heads"/>.</summary>
    public required int KeyHeads { get; init; }

    /// <summary>Rows of the embedding table; more than the tokenizer has tokens.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Width of a head.</summary>
    public int HeadWidth { get; init; } = 128;

    /// <summary>Most tokens of prompt and answer together.</summary>
    public int Context { get; init; } = 32768;

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeBase { get; init; } = 1e6;

    /// <summary>How many of a head's frequencies follow time, row and column; together half of <see cref="HeadWidth"/>.</summary>
    public IReadOnlyList<int> RopeSections { get; init; } = [16, 24, 24];

    /// <summary>Epsilon of the norms.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Whether the output layer is the embedding table.</summary>
    public bool Tied { get; init; }

    /// <summary>Reads the values from the config's own level, or from its <c>text_config</c>.</summary>
    internal static QwenTextConfig Read(ConfigReader root, string where)
    {
        ConfigReader text = root.Section("text_config") ?? root;
        string activation = text.Text("hidden_act", "silu");
        if (activation != "silu")
        {
            throw new HkaFerException($"{where}: hidden_act is '{activation}'; expected 'silu'");
        }

        if (text.Flag("use_sliding_window", false))
        {
            throw new HkaFerException($"{where}: use_sliding_window is true, which is not supported; the published models have it false");
        }

        int width = text.Size("hidden_size"), heads = text.Size("num_attention_heads");
        ConfigReader? rope = text.Section("rope_parameters") ?? text.Section("rope_scaling");
        string type = rope?.Text("rope_type", rope?.Text("type", "default")) ?? "default";
        if (type is not ("default" or "mrope"))
        {
            throw new HkaFerException($"{where}: the rotary positions are of type '{type}'; expected 'mrope' or 'default'");
        }

        int headWidth = text.Size("head_dim", Math.Max(1, width / heads));
        var config = new QwenTextConfig
        {
            Width = width,
            MlpWidth = text.Size("intermediate_size"),
            Depth = text.Size("num_hidden_layers"),
            Heads = heads,
            KeyHeads = text.Size("num_key_value_heads", heads),
            HeadWidth = headWidth,
            Vocabulary = text.Size("vocab_size"),
            Context = text.Size("max_position_embeddings", 32768, limit: 1 << 24),
            RopeBase = rope?.Number("rope_theta", text.Number("rope_theta", 1e6)) ?? text.Number("rope_theta", 1e6),
            RopeSections = rope?.Integers("mrope_section") ?? [headWidth / 8, headWidth / 2 - headWidth / 8 - (headWidth * 3 / 16), headWidth * 3 / 16],
            NormEpsilon = text.Number("rms_norm_eps", 1e-6),
            Tied = root.Has("tie_word_embeddings") ? root.Flag("tie_word_embeddings", false) : text.Flag("tie_word_embeddings", false),
        };
        config.Check(where);
        return config;
    }

    /// <summary>Checks that the sizes fit each other.</summary>
    /// <exception cref="HkaFerException">They do not.</exception>
    public void Check(string where)
    {
        if (Heads < 1 || KeyHeads < 1 || Heads % KeyHeads != 0 || Width < 1 || MlpWidth < 1 || Vocabulary < 1 || Context < 1)
        {
            throw new HkaFerException($"{where}: num_attention_heads {Heads} is not a multiple of num_key_value_heads {KeyHeads}, or a size is below 1");
        }

        if (HeadWidth < 2 || HeadWidth % 2 != 0 || HeadWidth > 1024 || (long)Heads * HeadWidth > 1 << 20)
        {
            throw new HkaFerException($"{where}: a head of width {HeadWidth} is not possible; expected an even number up to 1024 (hidden_size {Width}, num_attention_heads {Heads})");
        }

        // Far beyond all published models; values from outside must not make objects without end.
        if (Depth is < 1 or > VitConfig.MaxDepth)
        {
            throw new HkaFerException($"{where}: num_hidden_layers is {Depth}; expected 1 to {VitConfig.MaxDepth}");
        }

        if (RopeSections.Count != 3 || RopeSections.Any(section => section is < 0 or > 1024) || RopeSections.Sum() != HeadWidth / 2)
        {
            throw new HkaFerException($"{where}: mrope_section is [{string.Join(", ", RopeSections.Take(8))}]; expected three numbers that sum to {HeadWidth / 2}, half the width of a head");
        }

        if (NormEpsilon is not (> 0 and < 1) || RopeBase is not (>= 1 and <= 1e12))
        {
            throw new HkaFerException($"{where}: rms_norm_eps {NormEpsilon} or rope_theta {RopeBase} is out of range (0 to 1, 1 to 1e12)");
        }
    }
}
