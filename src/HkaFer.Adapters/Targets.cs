using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>Which layers an adapter stands beside.</summary>
internal static class Targets
{
    /// <summary>The layers that the paper adapts: attn.qkv, attn.proj, mlp.fc1, mlp.fc2 of every block (weights_in, weights_out in a SwiGLU).</summary>
    private static readonly string[] s_default = ["qkv", "proj", "fc1", "fc2"];

    /// <summary>Short names of the field for the names that checkpoints have.</summary>
    private static readonly Dictionary<string, string[]> s_aliases = new(StringComparer.Ordinal)
    {
        ["qkv"] = ["attention.qkv"],
        ["proj"] = ["output.dense"],
        ["fc1"] = ["fc1", "weights_in"],
        ["fc2"] = ["fc2", "weights_out"],
    };

    /// <summary>The linear layers whose path is or ends in one of the names.</summary>
    /// <exception cref="HkaFerException">A name matches nothing, so that no layer stays silently without its adapter.</exception>
    internal static IReadOnlyList<(string Path, Linear Layer)> Find(Module backbone, IReadOnlyList<string> names)
    {
        (string Path, Linear Layer)[] linears = [.. backbone.Modules().Where(m => m.Module is Linear).Select(m => (m.Path, (Linear)m.Module))];
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names.Count == 0 ? s_default : names)
        {
            string[] endings = s_aliases.GetValueOrDefault(name, [name]);
            string[] matches = [.. linears.Select(l => l.Path).Where(path => endings.Any(end => Matches(path, end)))];
            if (matches.Length == 0)
            {
                throw new HkaFerException(
                    $"adapter: target '{name}' matches no linear layer; the first block has {string.Join(", ", linears.Take(6).Select(l => l.Path))}; name a path or its ending");
            }

            chosen.UnionWith(matches);
        }

        return [.. linears.Where(l => chosen.Contains(l.Path))];
    }

    private static bool Matches(string path, string ending) => path == ending || path.EndsWith("." + ending, StringComparison.Ordinal);
}
