using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Models;

namespace HkaFer.Cli;

/// <summary>What a method trains of an architecture, counted on a model that has no weights yet.</summary>
/// <param name="Method"><c>full</c>, <c>linear</c>, <c>lora</c>, <c>dora</c>, <c>lokr</c>, <c>hoka</c>, <c>heka</c>.</param>
/// <param name="Config">The adapter, or none.</param>
/// <param name="Adapter">Adapters and routers.</param>
/// <param name="Head">The head.</param>
/// <param name="Trainable">All that training changes.</param>
/// <param name="Total">All weights.</param>
internal sealed record ParameterRow(string Method, AdapterConfig? Config, long Adapter, long Head, long Trainable, long Total)
{
    private KroneckerConfig? Kronecker => Config as KroneckerConfig;

    private string? Router => Kronecker?.EffectiveRouter.ShortName();

    private int? Adapters => Kronecker?.Count;

    private int? Rank => (Config as LowRankConfig)?.Rank ?? (Config as LoKr)?.Rank;

    /// <summary>Counts.</summary>
    /// <param name="arch">The image encoder's name or folder.</param>
    /// <param name="labels">Classes of the head.</param>
    /// <param name="method">The method's name.</param>
    /// <param name="config">Its adapter, or none for <c>full</c> and <c>linear</c>.</param>
    public static ParameterRow Count(string arch, int labels, string method, AdapterConfig? config) => Architectures.Declare(arch) switch
    {
        VisionTransformer vit => Count(vit, labels, method, config),
        ClipVisionTransformer clip => Count(clip, method, config),
        Module other => throw new InvalidOperationException(other.GetType().Name),
    };

    /// <summary>CLIP classifies by its texts' embeddings: there is no head to train.</summary>
    private static ParameterRow Count(ClipVisionTransformer encoder, string method, AdapterConfig? config)
    {
        long own = encoder.ParameterCount, added = config is null ? 0 : HkaFer.Adapters.Adapter.Attach(encoder, config).ParameterCount;
        return new ParameterRow(method, config, added, 0, method == "full" ? own : added, own + added);
    }

    private static ParameterRow Count(VisionTransformer backbone, int labels, string method, AdapterConfig? config)
    {
        var model = new Classifier(backbone, [.. Enumerable.Range(0, labels).Select(i => $"class {i}")]);
        long own = model.ParameterCount;
        Adapter? adapter = null;
        switch (config)
        {
            case not null:
                adapter = model.Adapt(config);
                break;
            case null when method == "full":
                model.TrainAll();
                break;
            default:
                model.TrainHeadOnly();
                break;
        }

        long added = adapter?.ParameterCount ?? 0;
        return new ParameterRow(method, config, added, model.Head.ParameterCount, model.TrainableCount + added, own + added);
    }

    public JsonNode ToJson() => new JsonObject
    {
        ["method"] = Method,
        ["router"] = Router,
        ["adapters"] = Adapters,
        ["rank"] = Rank,
        ["adapter"] = Adapter,
        ["head"] = Head,
        ["trainable"] = Trainable,
        ["total"] = Total,
    };

    public object?[] Cells() =>
    [
        Method, Router, Adapters, Rank, Adapter, Head, Trainable, Total, FormattableString.Invariant($"{100.0 * Trainable / Total:F2}"),
    ];
}
