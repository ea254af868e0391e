using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>Finds the layers that an adapter stands beside, by name.</summary>
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

    /// <summary>
    /// The linear layers whose path is or ends in one of the names. All parts of a fused layer together name it, some of them name themselves.
    /// </summary>
    /// <param name="backbone">The model.</param>
    /// <param name="names">Paths or their endings.</param>
    /// <param name="parts">Whether a fused layer is adapted by its parts, each by itself.</param>
    /// <exception cref="HkaFerException">A name matches nothing, so that no layer stays silently without its adapter.</exception>
    internal static IReadOnlyList<AdapterTarget> Find(Module backbone, IReadOnlyList<string> names, bool parts = false)
    {
        (string Path, Linear Layer)[] linears = Linears(backbone);
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            string[] endings = s_aliases.GetValueOrDefault(name, [name]);
            string[] found =
            [
                .. linears.Where(l => endings.Any(end => Matches(l.Path, end))).SelectMany(l => AdapterTarget.PartsOf(l.Path, l.Layer)).Select(t => t.Path),
                .. linears.SelectMany(l => AdapterTarget.PartsOf(l.Path, l.Layer)).Select(t => t.Path).Where(path => Matches(path, name)),
            ];
            if (found.Length == 0)
            {
                throw new HkaFerException(
                    $"adapter: target '{name}' matches no linear layer; the first ones are {string.Join(", ", linears.Take(6).Select(l => l.Path))}; name a path or its ending");
            }

            chosen.UnionWith(found);
        }

        return [.. linears.SelectMany(l =>
        {
            AdapterTarget[] named = [.. AdapterTarget.PartsOf(l.Path, l.Layer).Where(t => chosen.Contains(t.Path))];
            return l.Layer.Parts.Count > 0 && named.Length == l.Layer.Parts.Count && !parts ? [AdapterTarget.Whole(l.Path, l.Layer)] : named;
        })];
    }

    internal static (string Path, Linear Layer)[] Linears(Module backbone) =>
        [.. backbone.Modules().Where(m => m.Module is Linear).Select(m => (m.Path, (Linear)m.Module))];

    internal static bool Matches(string path, string ending) => path == ending || path.EndsWith("." + ending, StringComparison.Ordinal);
}
