using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Adapters;

/// <summary>Options that LoRA and DoRA share.</summary>
public abstract record LowRankConfig : AdapterConfig
{
    /// <summary>Rank r.</summary>
    public int Rank { get; init; } = 32;

    /// <summary>alpha; 2 r where not given.</summary>
    public double? Alpha { get; init; }

    /// <summary>Scales by alpha / sqrt(r), so that the rank does not change the size of what is added (rsLoRA, Kalajdzievski 2023).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>alpha, given or not.</summary>
    public double EffectiveAlpha => Alpha ?? (2.0 * Rank);

    /// <summary>alpha / r, or alpha / sqrt(r).</summary>
    public double Scale => EffectiveAlpha / (RankStabilized ? Math.Sqrt(Rank) : Rank);

    /// <inheritdoc/>
    public override string PeftType => "LORA";

    /// <inheritdoc/>
    public override AdapterLayer Create(string path, int input, int output, int hidden)
    {
        if (Rank < 1 || Rank > 1 << 16 || !double.IsFinite(Scale))
        {
            throw new HkaFerException($"{Method}: rank {Rank} with alpha {Alpha} is not possible; expected a rank of at least 1 and a finite alpha");
        }

        Check();
        return Create(path, input, output);
    }

    /// <summary>Checks the options of a kind.</summary>
    private protected virtual void Check()
    {
    }

    /// <summary>Declares the adapter of one layer; the options are possible.</summary>
    private protected abstract AdapterLayer Create(string path, int input, int output);

    /// <inheritdoc/>
    public override void Write(JsonObject json, int hidden)
    {
        ArgumentNullException.ThrowIfNull(json);
        json["r"] = Rank;
        json["lora_alpha"] = EffectiveAlpha;
        json["lora_dropout"] = 0.0;
        json["bias"] = "none";
        json["use_rslora"] = RankStabilized;
        json["use_dora"] = this is DoRA;
        json["fan_in_fan_out"] = false;
        json["init_lora_weights"] = true;
        json["rank_pattern"] = new JsonObject();
        json["alpha_pattern"] = new JsonObject();
    }

    /// <inheritdoc/>
    internal override AdapterConfig ForLayer(int? rank, double? alpha) => this with { Rank = rank ?? Rank, Alpha = alpha ?? EffectiveAlpha };

    /// <summary>
    /// Keys whose adapters the PEFT library computes in a way of their own; an adapter that was made without them has none of these.
    /// <c>fan_in_fan_out</c> is not among them: for linear layers the library takes it as false.
    /// </summary>
    private static readonly string[] s_foreign =
    [
        "lora_bias", "use_qalora", "use_bdlora", "alora_invocation_tokens", "arrow_config", "layer_replication", "target_parameters",
        "trainable_token_indices", "velora_config", "kasa_config", "monteclora_config",
    ];

    internal static new LowRankConfig Read(JsonElement json, string where)
    {
        var reader = new AdapterJson(json, where);
        reader.RefuseAll(s_foreign);
        if (json.TryGetProperty("init_lora_weights", out JsonElement init) && init.ValueKind == JsonValueKind.String
            && init.GetString() is { } name and not ("gaussian" or "eva" or "orthogonal"))
        {
            throw new HkaFerException(
                $"{where}: init_lora_weights is '{name}', which changes the base model's weights as well; save the adapter converted to plain LoRA (path_initial_model_for_weight_conversion)");
        }

        int rank = reader.Integer("r", 1, 1 << 16);
        double alpha = reader.Number("lora_alpha", 2.0 * rank);
        bool stabilized = reader.Flag("use_rslora", false);
        return reader.Flag("use_dora", false)
            ? new DoRA { Rank = rank, Alpha = alpha, RankStabilized = stabilized }
            : new LoRA { Rank = rank, Alpha = alpha, RankStabilized = stabilized, Dropout = reader.Number("lora_dropout", 0) };
    }
}
