using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Adapters;

/// <summary>
/// Low-rank Kronecker adaptation (Yeh et al. 2024; as in the PEFT library): h = W x + alpha / r (W1 (x) W2) x, each of W1 and W2 a full matrix or a
/// product of rank r. Query, key and value are adapted each by itself, as the library does.
/// </summary>
public sealed record LoKr : AdapterConfig
{
    /// <summary>Rank r of a factor that is a product.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>alpha; r where not given.</summary>
    public double? Alpha { get; init; }

    /// <summary>Size of the smaller matrix where it divides a width; else, and for -1, the divisor nearest the width's square root.</summary>
    public int DecomposeFactor { get; init; } = -1;

    /// <summary>Whether W1 may be a product as well.</summary>
    public bool DecomposeBoth { get; init; }

    /// <summary>alpha, given or not.</summary>
    public double EffectiveAlpha => Alpha ?? Rank;

    /// <summary>alpha / r.</summary>
    public double Scale => EffectiveAlpha / Rank;

    /// <inheritdoc/>
    public override string PeftType => "LOKR";

    /// <inheritdoc/>
    public override string Method => "lokr";

    /// <inheritdoc/>
    internal override bool AdaptsParts => true;

    /// <inheritdoc/>
    public override AdapterLayer Create(string path, int input, int output, int hidden)
    {
        if (Rank < 1 || Rank > 1 << 16 || !double.IsFinite(Scale) || DecomposeFactor is not (-1 or > 0))
        {
            throw new HkaFerException(
                $"lokr: rank {Rank}, alpha {Alpha}, decompose_factor {DecomposeFactor} is not possible; expected a rank of at least 1, a finite alpha, a factor above 0 or -1");
        }

        return new LokrLayer(path, input, output, this);
    }

    /// <inheritdoc/>
    public override void Write(JsonObject json, int hidden)
    {
        ArgumentNullException.ThrowIfNull(json);
        json["r"] = Rank;
        json["alpha"] = EffectiveAlpha;
        json["decompose_factor"] = DecomposeFactor;
        json["decompose_both"] = DecomposeBoth;
        json["rank_dropout"] = 0.0;
        json["module_dropout"] = 0.0;
        json["rank_dropout_scale"] = false;
        json["use_effective_conv2d"] = false;
        json["init_weights"] = true;
        json["rank_pattern"] = new JsonObject();
        json["alpha_pattern"] = new JsonObject();
    }

    /// <inheritdoc/>
    internal override AdapterConfig ForLayer(int? rank, double? alpha) => this with { Rank = rank ?? Rank, Alpha = alpha ?? EffectiveAlpha };

    /// <summary>A width as a product of two numbers, the smaller first unless the factor itself divides the width.</summary>
    internal (int Small, int Large) Factors(int width)
    {
        if (DecomposeFactor > 0 && width % DecomposeFactor == 0)
        {
            return (DecomposeFactor, width / DecomposeFactor);
        }

        int limit = DecomposeFactor == -1 ? width : DecomposeFactor, small = 1;

        // Divisors in ascending order draw nearer to the square root; the sum of the two falls until they have passed it.
        for (int next = 2; next <= limit && (long)next * next <= width; next++)
        {
            small = width % next == 0 ? next : small;
        }

        return (small, width / small);
    }

    internal static new LoKr Read(JsonElement json, string where)
    {
        var reader = new AdapterJson(json, where);
        int rank = reader.Integer("r", 1, 1 << 16);
        return new LoKr
        {
            Rank = rank,
            Alpha = reader.Number("alpha", rank),
            DecomposeFactor = reader.Integer("decompose_factor", -1, 1 << 20, -1),
            DecomposeBoth = reader.Flag("decompose_both", false),
        };
    }
}
