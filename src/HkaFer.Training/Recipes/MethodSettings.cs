using HkaFer.Adapters;

namespace HkaFer.Training;

/// <summary>
/// What of a model is trained: an adapter, the head alone, or everything. An adapter's options are those of its own record, which converts:
/// <c>recipe with { Method = new HeKA { Adapters = 9 } }</c>.
/// </summary>
public sealed record MethodSettings
{
    internal MethodSettings(string kind, AdapterConfig? adapter) => (Kind, Adapter) = (kind, adapter);

    /// <summary>The head alone, on a frozen backbone: <c>linear</c>.</summary>
    public static MethodSettings Linear { get; } = new("linear", null);

    /// <summary>Everything that gets a gradient: <c>full</c>.</summary>
    public static MethodSettings Full { get; } = new("full", null);

    /// <summary>One Kronecker adapter a layer, without router (Edalati et al. 2022): <c>krona</c>.</summary>
    public static MethodSettings KronA { get; } = new("krona", new HoKA { Adapters = 1 });

    /// <summary><c>heka</c>, <c>hoka</c>, <c>krona</c>, <c>lora</c>, <c>dora</c>, <c>lokr</c>, <c>linear</c>, <c>full</c>.</summary>
    public string Kind { get; }

    /// <summary>The adapter, or null for <c>linear</c> and <c>full</c>.</summary>
    public AdapterConfig? Adapter { get; }

    /// <summary>Whether the backbone's own weights are trained.</summary>
    public bool TrainsBackbone => Kind == Full.Kind;

    /// <summary>An adapter of any kind as a method.</summary>
    public static implicit operator MethodSettings(AdapterConfig adapter) => FromAdapter(adapter);

    /// <summary>An adapter of any kind as a method.</summary>
    public static MethodSettings FromAdapter(AdapterConfig adapter)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        return new(adapter.Method, adapter);
    }

    /// <summary>With the defaults that depend on other options filled in, so that a saved recipe says what was used.</summary>
    internal MethodSettings Resolved() => new(Kind, Adapter switch
    {
        KroneckerConfig k => k with { Adapters = k.Count, Router = k.EffectiveRouter },
        LowRankConfig l => l with { Alpha = l.EffectiveAlpha },
        LoKr l => l with { Alpha = l.EffectiveAlpha },
        _ => Adapter,
    });
}
