using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>Options that HeKA and HoKA share (method, equations 4-14).</summary>
public abstract record KroneckerConfig : AdapterConfig
{
    /// <summary>Number of adapters N a layer: 1, 2, 4 or 9 for HeKA without explicit sizes.</summary>
    public int Adapters { get; init; } = 4;

    /// <summary>The router; DBIR where not given, and <see cref="Tensors.Router.Sum"/> for one adapter, where a softmax has nothing to choose.</summary>
    public Router? Router { get; init; }

    /// <summary>Sizes [q, l] of the matrices C, one an adapter; the default for the backbone's width where empty.</summary>
    public IReadOnlyList<(int Q, int L)> Sizes { get; init; } = [];

    /// <summary>Strength beta.</summary>
    public double Beta { get; init; } = 2;

    /// <summary>How vectors are averaged before the router.</summary>
    public Pooling Pooling { get; init; } = Pooling.Contiguous;

    /// <summary>Entries averaged into one: 1 / gamma.</summary>
    public int Group { get; init; } = 16;

    /// <summary>Draws C from a normal distribution of the same variance instead of the uniform one.</summary>
    public bool NormalInit { get; init; }

    /// <summary>The number of adapters that will be made.</summary>
    public int Count => Sizes.Count > 0 ? Sizes.Count : Adapters;

    /// <summary>The router that will be used.</summary>
    public Router EffectiveRouter => Router ?? (Count == 1 ? Tensors.Router.Sum : Tensors.Router.DualBranch);

    /// <inheritdoc/>
    public override string PeftType => "HEKA";

    /// <summary>The paper's sizes of C for a backbone of this width.</summary>
    /// <param name="hidden">The backbone's hidden size d.</param>
    protected abstract IReadOnlyList<(int Q, int L)> DefaultSizes(int hidden);

    /// <summary>The sizes of C for a backbone of this width: <see cref="Sizes"/>, or the paper's.</summary>
    /// <param name="hidden">The backbone's hidden size d.</param>
    public IReadOnlyList<(int Q, int L)> SizesFor(int hidden) => Sizes.Count > 0 ? Sizes : DefaultSizes(hidden);

    /// <inheritdoc/>
    public override AdapterLayer Create(string path, int input, int output, int hidden)
    {
        IReadOnlyList<(int Q, int L)> sizes = SizesFor(hidden);
        foreach ((int q, int l) in sizes)
        {
            KroneckerSizes.Check(Method, path, "output", output, q, (q, l), hidden);
            KroneckerSizes.Check(Method, path, "input", input, l, (q, l), hidden);
        }

        if (EffectiveRouter != Tensors.Router.Sum && (Group < 1 || input % Group != 0 || output % Group != 0))
        {
            throw new HkaFerException(
                $"{Method}: widths {input} and {output} of {path} are not divisible by the router's group {Group}; choose a group that divides both, or router sum");
        }

        return new KroneckerLayer(path, input, output, sizes, this);
    }

    /// <inheritdoc/>
    public override void Write(JsonObject json, int hidden)
    {
        ArgumentNullException.ThrowIfNull(json);
        json["heka_method"] = Method;
        json["adapters"] = Count;
        json["sizes"] = new JsonArray([.. SizesFor(hidden).Select(s => (JsonNode)new JsonArray(s.Q, s.L))]);
        json["router"] = EffectiveRouter.ShortName();
        json["pooling"] = Pooling == Pooling.Contiguous ? "contiguous" : "strided";
        json["group"] = Group;
        json["beta"] = Beta;
        json["init"] = NormalInit ? "normal" : "uniform";
    }

    internal static new KroneckerConfig Read(JsonElement json, string where)
    {
        var reader = new AdapterJson(json, where);
        string method = reader.Text("heka_method", "heka");
        KroneckerConfig config = method switch
        {
            "heka" => new HeKA(),
            "hoka" => new HoKA(),
            _ => throw new HkaFerException($"{where}: heka_method is '{method}'; expected heka or hoka"),
        };
        int adapters = reader.Integer("adapters", 1, 1024);
        IReadOnlyList<(int Q, int L)> sizes = reader.Pairs("sizes");
        if (sizes.Count > 0 && sizes.Count != adapters)
        {
            throw new HkaFerException($"{where}: {adapters} adapters, but {sizes.Count} sizes; expected one [q, l] an adapter");
        }

        return config with
        {
            Adapters = adapters,
            Sizes = sizes,
            Router = Routers.Parse(reader.Text("router", "dbir"), where),
            Pooling = reader.Text("pooling", "contiguous") switch
            {
                "contiguous" => Pooling.Contiguous,
                "strided" => Pooling.Strided,
                string other => throw new HkaFerException($"{where}: pooling is '{other}'; expected contiguous or strided"),
            },
            Group = reader.Integer("group", 1, 1 << 16, 16),
            Beta = reader.Number("beta", 2),
            NormalInit = reader.Text("init", "uniform") switch
            {
                "uniform" => false,
                "normal" => true,
                string other => throw new HkaFerException($"{where}: init is '{other}'; expected uniform or normal"),
            },
        };
    }
}
