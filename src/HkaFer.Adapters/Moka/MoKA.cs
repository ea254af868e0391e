using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Adapters;

/// <summary>
/// Mixture of Kronecker adapters (MoKA, Sadeghi et al. 2025, arXiv 2508.03527): h = W x + scale sum_i g_i (C_i (x) D_i) x. The gate g is read here as the softmax of one learnable number an adapter: it weighs
/// adapters of different sizes once for a layer, and not anew for each token as HeKA's routers do, so that what was learnt can become part of the weight.
/// </summary>
public sealed record MoKA : AdapterConfig
{
    private const string SizesKey = "sizes", ScaleKey = "scale";

    /// <summary>Sizes [q, l] of the matrices C, one an adapter; empty: the four pairs of the two scales that HeKA takes for the backbone's width.</summary>
    public IReadOnlyList<(int Q, int L)> Sizes { get; init; } = [];

    /// <summary>Strength; HeKA's beta where not given.</summary>
    public double Scale { get; init; } = 2;

    /// <inheritdoc/>
    public override string Method => "moka";

    /// <inheritdoc/>
    public override string PeftType => "MOKA";

    /// <inheritdoc/>
    public override AdapterLayer Create(string path, int input, int output, int hidden)
    {
        if (!double.IsFinite(Scale))
        {
            throw new HkaFerException($"moka: scale {Scale} is not possible at {path}; choose a finite number");
        }

        IReadOnlyList<(int Q, int L)> sizes = SizesFor(hidden);
        foreach ((int q, int l) in sizes)
        {
            KroneckerSizes.Check(Method, path, "output", output, q, (q, l), hidden);
            KroneckerSizes.Check(Method, path, "input", input, l, (q, l), hidden);
        }

        return new MokaLayer(path, input, output, sizes, Scale);
    }

    /// <inheritdoc/>
    public override void Write(JsonObject json, int hidden)
    {
        ArgumentNullException.ThrowIfNull(json);
        json[SizesKey] = new JsonArray([.. SizesFor(hidden).Select(s => (JsonNode)new JsonArray(s.Q, s.L))]);
        json[ScaleKey] = Scale;
    }

    /// <summary>The options in an adapter's config, as <see cref="Write"/> wrote them.</summary>
    /// <exception cref="HkaFerException">A value is missing or impossible.</exception>
    public static MoKA Read(JsonElement json)
    {
        var reader = new AdapterJson(json, "moka");
        return new MoKA { Sizes = reader.Pairs(SizesKey), Scale = reader.Number(ScaleKey, 2) };
    }

    private IReadOnlyList<(int Q, int L)> SizesFor(int hidden) =>
        Sizes.Count > 0 ? Sizes : KroneckerSizes.Pairs(KroneckerSizes.Scale(hidden), 2 * KroneckerSizes.Scale(hidden));
}
