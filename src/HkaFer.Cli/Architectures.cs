using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Cli;

/// <summary>ARCH on the command line: a published architecture by name, or a checkpoint folder's config.</summary>
internal static class Architectures
{
    /// <summary>The published names.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. ((string[])["small", "base", "large", "giant"]).SelectMany(size => (string[])[$"dinov2-{size}", $"dinov2-{size}-registers"])];

    /// <summary>Sizes and options of an architecture; reads no weights.</summary>
    /// <exception cref="HkaFerException">There is none of this name, and no such folder.</exception>
    public static VitConfig Find(string name)
    {
        if (VitConfig.Named(name) is { } config)
        {
            return config;
        }

        string file = Directory.Exists(name) ? Path.Combine(name, "config.json") : name;
        if (!File.Exists(file))
        {
            throw new HkaFerException(
                $"architecture '{name}': neither a name nor a checkpoint folder with a config.json; {Nearest.Hint(name, Names)}");
        }

        return VitConfig.Parse(CheckpointFolder.ReadJson(file), file);
    }
}
