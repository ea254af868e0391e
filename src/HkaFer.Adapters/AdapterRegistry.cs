using System.Collections.Concurrent;
using System.Text.Json;

namespace HkaFer.Adapters;

/// <summary>Kinds of adapters beside the built-in ones, so that recipes and files can name what another assembly computes.</summary>
public static class AdapterRegistry
{
    private static readonly string[] s_builtIn = ["LORA", "LOKR", "HEKA", "LINEAR_PROBE", "TEXT_HEAD"];

    // Kinds of the program that stand in a folder of their own; a new one is a line here.
    private static readonly Kind[] s_shipped = [new(typeof(MoKA), () => new MoKA(), MoKA.Read)];
    private static readonly ConcurrentDictionary<string, Kind> s_kinds = new(s_shipped.Select(kind => KeyValuePair.Create(kind.Create().PeftType, kind)), StringComparer.Ordinal);

    /// <summary>The kinds beside the built-in ones, those that were added and those that came with the program, each as what makes one with its defaults.</summary>
    public static IEnumerable<Func<AdapterConfig>> Added => s_kinds.Values.OrderBy(kind => kind.Type.FullName, StringComparer.Ordinal).Select(kind => kind.Create);

    /// <summary>
    /// Makes a kind known to this process: recipes take its <see cref="AdapterConfig.Method"/> as <c>method</c> and its settable properties in snake
    /// case as keys, and adapters with its <see cref="AdapterConfig.PeftType"/> can be loaded. Adding it again changes nothing.
    /// </summary>
    /// <param name="create">One with the default options.</param>
    /// <param name="read">The options in an <c>adapter_config.json</c>, as <see cref="AdapterConfig.Write"/> wrote them.</param>
    /// <exception cref="ArgumentException">The type is that of another kind.</exception>
    public static void Add(Func<AdapterConfig> create, Func<JsonElement, AdapterConfig> read)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(read);
        AdapterConfig example = create();
        Kind added = new(example.GetType(), create, read), known = s_kinds.GetOrAdd(example.PeftType, added);
        if (known.Type != added.Type || s_builtIn.Contains(example.PeftType, StringComparer.Ordinal))
        {
            throw new ArgumentException($"adapters: peft_type '{example.PeftType}' of {added.Type.Name} is that of another kind; choose another", nameof(create));
        }
    }

    /// <summary>The options of an added kind, or null where none has this type.</summary>
    internal static AdapterConfig? Read(string type, JsonElement json, string where)
    {
        try
        {
            return s_kinds.TryGetValue(type, out Kind? kind) ? kind.Read(json) : null;
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or JsonException)
        {
            throw new HkaFerException($"{where}: the options of {type} cannot be read ({e.Message}); write the adapter again", e);
        }
    }

    private sealed record Kind(Type Type, Func<AdapterConfig> Create, Func<JsonElement, AdapterConfig> Read);
}
