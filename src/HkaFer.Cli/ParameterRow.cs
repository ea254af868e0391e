using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Models;

namespace HkaFer.Cli;

/// <summary>What a method trains of an architecture, counted on a model that has no weights yet.</summary>
/// <param name="Method"><c>full</c>, <c>linear</c>, <c>lora</c>, <c>dora</c>, <c>lokr</c>, <c>krona</c>, <c>hoka</c>, <c>heka</c>.</param>
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
    public static ParameterRow Count(string arch, int labels, string method, AdapterConfig? config)
    {
        string[] names = [.. Enumerable.Range(0, labels).Select(i => $"class {i}")];
        ImageEncoder backbone = Architectures.Declare(arch);

        // CLIP classifies by its texts' embeddings, which are no weights; a linear probe has a head on any backbone.
        ImageClassifier model = backbone is ClipImageEncoder clip && method != "linear"
            ? new ClipClassifier(clip, names, new ClipTextHead(labels, clip.Projection.Out))
            : new Classifier(backbone, names);
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

        long head = model is Classifier linear ? linear.Head.ParameterCount : 0, added = adapter?.ParameterCount ?? 0;
        return new ParameterRow(method, config, added, head, model.TrainableCount + added, backbone.ParameterCount + head + added);
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
