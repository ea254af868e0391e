using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>Which layers an adapter stands beside.</summary>
internal static class Targets
{
    /// <summary>Short names of the field for the names that checkpoints have.</summary>
    private static readonly Dictionary<string, string[]> s_aliases = new(StringComparer.Ordinal)
    {
        ["qkv"] = ["attention.qkv"],
        ["attn.qkv"] = ["attention.qkv"],
        ["proj"] = ["output.dense"],
        ["attn.proj"] = ["output.dense"],
        ["fc1"] = ["fc1", "weights_in"],
        ["mlp.fc1"] = ["mlp.fc1", "mlp.weights_in"],
        ["fc2"] = ["fc2", "weights_out"],
        ["mlp.fc2"] = ["mlp.fc2", "mlp.weights_out"],
        ["attn.out_proj"] = ["self_attn.out_proj"],
    };

    /// <summary>The linear layers whose path is or ends in one of the names. All parts of a fused layer together name it.</summary>
    /// <exception cref="HkaFerException">
    /// A name matches nothing, so that no layer stays silently without its adapter; or some parts of a fused layer are named and others not.
    /// </exception>
    internal static IReadOnlyList<(string Path, Linear Layer)> Find(Module backbone, IReadOnlyList<string> names)
    {
        (string Path, Linear Layer)[] linears = Linears(backbone);
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        var parts = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            bool found = false;
            foreach ((string path, Linear layer) in linears)
            {
                if (s_aliases.GetValueOrDefault(name, [name]).Any(end => Matches(path, end)))
                {
                    chosen.Add(path);
                    found = true;
                }

                foreach (string part in PartPaths(path, layer).Where(part => Matches(part, name)))
                {
                    parts.TryAdd(path, new HashSet<string>(StringComparer.Ordinal));
                    parts[path].Add(part);
                    found = true;
                }
            }

            if (!found)
            {
                throw new HkaFerException(
                    $"adapter: target '{name}' matches no linear layer; the first ones are {string.Join(", ", linears.Take(6).Select(l => l.Path))}; name a path or its ending");
            }
        }

        AddFused(linears, parts, chosen);
        return [.. linears.Where(l => chosen.Contains(l.Path))];
    }

    internal static (string Path, Linear Layer)[] Linears(Module backbone) =>
        [.. backbone.Modules().Where(m => m.Module is Linear).Select(m => (m.Path, (Linear)m.Module))];

    /// <summary>The paths that a checkpoint has for a fused layer: beside it, each with its own name. None for any other layer.</summary>
    internal static IEnumerable<string> PartPaths(string path, Linear layer) =>
        layer.Parts.Select(part => path[..(path.LastIndexOf('.') + 1)] + part);

    internal static bool Matches(string path, string ending) => path == ending || path.EndsWith("." + ending, StringComparison.Ordinal);

    private static void AddFused((string Path, Linear Layer)[] linears, Dictionary<string, HashSet<string>> parts, HashSet<string> chosen)
    {
        foreach ((string path, Linear layer) in linears)
        {
            if (!parts.TryGetValue(path, out HashSet<string>? named) || !chosen.Add(path) || named.Count == layer.Parts.Count)
            {
                continue;
            }

            throw new HkaFerException(
                $"adapter: targets name {string.Join(", ", named.Order(StringComparer.Ordinal))} alone, but {string.Join(", ", layer.Parts)} are one layer here; name all of them, or {path}");
        }
    }
}
