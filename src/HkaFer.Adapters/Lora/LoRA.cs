using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Adapters;

/// <summary>Low-rank adaptation (Hu et al. 2022; equation 1): h = W x + alpha / r B A x.</summary>
public sealed record LoRA : AdapterConfig
{
    /// <summary>Rank r.</summary>
    public int Rank { get; init; } = 32;

    /// <summary>alpha; 2 r where not given.</summary>
    public double? Alpha { get; init; }

    /// <summary>alpha / r.</summary>
    public double Scale => (Alpha ?? (2.0 * Rank)) / Rank;

    /// <inheritdoc/>
    public override string PeftType => "LORA";

    /// <inheritdoc/>
    public override string Method => "lora";

    /// <inheritdoc/>
    public override AdapterLayer Create(string path, int input, int output, int hidden)
    {
        if (Rank < 1 || Rank > 1 << 16 || !double.IsFinite(Scale))
        {
            throw new HkaFerException($"lora: rank {Rank} with alpha {Alpha} is not possible; expected a rank of at least 1 and a finite alpha");
        }

        return new LoraLayer(path, input, output, Rank, Scale);
    }

    /// <inheritdoc/>
    public override void Write(JsonObject json, int hidden)
    {
        ArgumentNullException.ThrowIfNull(json);
        json["r"] = Rank;
        json["lora_alpha"] = Alpha ?? (2.0 * Rank);
        json["lora_dropout"] = 0.0;
        json["bias"] = "none";
        json["use_rslora"] = false;
        json["use_dora"] = false;
        json["fan_in_fan_out"] = false;
        json["init_lora_weights"] = true;
        json["rank_pattern"] = new JsonObject();
        json["alpha_pattern"] = new JsonObject();
    }

    internal static new LoRA Read(JsonElement json, string where)
    {
        var reader = new AdapterJson(json, where);
        foreach (string key in (string[])["use_dora", "use_rslora", "fan_in_fan_out"])
        {
            if (reader.Flag(key, false))
            {
                throw new HkaFerException($"{where}: {key} is not supported by this reader; write the adapter without it");
            }
        }

        foreach (string key in (string[])["rank_pattern", "alpha_pattern"])
        {
            if (json.TryGetProperty(key, out JsonElement pattern) && pattern.ValueKind == JsonValueKind.Object && pattern.EnumerateObject().Any())
            {
                throw new HkaFerException($"{where}: {key} is not supported by this reader; write the adapter with one rank for all layers");
            }
        }

        int rank = reader.Integer("r", 1, 1 << 16);
        return new LoRA { Rank = rank, Alpha = reader.Number("lora_alpha", 2.0 * rank) };
    }
}
