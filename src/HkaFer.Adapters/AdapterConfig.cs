using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Adapters;

/// <summary>A kind of adapter with its options; what is not given has the paper's default. Stored with every saved adapter.</summary>
public abstract record AdapterConfig
{
    /// <summary>The layers to adapt: module paths or their endings (<c>qkv</c>, <c>mlp.fc1</c>); the method's default where empty.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary><c>peft_type</c> in the adapter's config: <c>LORA</c> (DoRA as well), <c>LOKR</c>, <c>HEKA</c>.</summary>
    public abstract string PeftType { get; }

    /// <summary>The method's short name: <c>lora</c>, <c>dora</c>, <c>lokr</c>, <c>heka</c>, <c>hoka</c>.</summary>
    public abstract string Method { get; }

    /// <summary>Whether a fused layer is adapted by its parts, each by itself.</summary>
    internal virtual bool AdaptsParts => false;

    /// <summary>Declares the adapter of one layer, without values.</summary>
    /// <param name="path">The layer's path, for messages and files.</param>
    /// <param name="input">Its input width.</param>
    /// <param name="output">Its output width.</param>
    /// <param name="hidden">The backbone's hidden size, from which default sizes follow.</param>
    /// <exception cref="HkaFerException">The options do not fit the layer.</exception>
    public abstract AdapterLayer Create(string path, int input, int output, int hidden);

    /// <summary>Writes the options into an adapter's config.</summary>
    /// <param name="json">The config.</param>
    /// <param name="hidden">The backbone's hidden size: what follows from it is written out, so that files outlive the defaults.</param>
    public abstract void Write(JsonObject json, int hidden);

    /// <summary>The options of a layer that a file gives another rank or alpha.</summary>
    internal virtual AdapterConfig ForLayer(int? rank, double? alpha) => this;

    /// <summary>Reads the options from an adapter's config.</summary>
    /// <exception cref="HkaFerException">The type is not known, or a value is missing or impossible.</exception>
    public static AdapterConfig Read(JsonElement json, string where)
    {
        string type = json.TryGetProperty("peft_type", out JsonElement value) ? value.ToString() : "";
        return type switch
        {
            "LORA" => LowRankConfig.Read(json, where),
            "LOKR" => LoKr.Read(json, where),
            "HEKA" => KroneckerConfig.Read(json, where),
            _ => AdapterRegistry.Read(type, json, where) ?? throw new HkaFerException($"{where}: peft_type is '{type}'; expected LORA, LOKR or HEKA"),
        };
    }
}
