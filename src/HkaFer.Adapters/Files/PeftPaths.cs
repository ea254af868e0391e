using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>Module paths from one generation of names to the other.</summary>
internal static class PeftPaths
{
    /// <summary>What every key starts with: the library's wrapper and the model in it.</summary>
    internal const string Root = "base_model.model.";

    private const string Dino = "dinov2.", DinoWithRegisters = "dinov2_with_registers.";

    private static readonly (string Four, string Five)[] s_renamed =
    [
        ("attention.attention.query", "attention.q_proj"),
        ("attention.attention.key", "attention.k_proj"),
        ("attention.attention.value", "attention.v_proj"),
        ("attention.attention.qkv", "attention.qkv"),
        ("attention.output.dense", "attention.o_proj"),
    ];

    /// <summary>The parts of Qwen-VL, which newer versions of the transformers library (from 4.52) have under one model.</summary>
    private static readonly (string Old, string New)[] s_moved = [("model.layers.", "model.language_model.layers."), ("visual.", "model.visual.")];

    /// <summary>CLIP's encoders in a whole model; the classes of newer versions for one alone do without the name.</summary>
    private static readonly string[] s_towers = ["vision_model.", "text_model."];

    /// <summary>The ways in which a file may name a layer of a model: what may stand before its path, and either generation. The first is the usual one.</summary>
    internal static IReadOnlyList<Func<string, string>> Forms(Module model) => model is VisionTransformer
        ? [.. ((string[])[Dino, DinoWithRegisters, ""]).SelectMany(Named)]
        : [.. Named(""), Bare];

    private static IEnumerable<Func<string, string>> Named(string prefix) => Enum.GetValues<PeftNames>().Select(names => (Func<string, string>)(path => prefix + Of(path, names)));

    private static string Bare(string path) => s_towers.FirstOrDefault(tower => path.StartsWith(tower, StringComparison.Ordinal)) is { } tower ? path[tower.Length..] : path;

    /// <summary>What the library's names of a model's layers have before our paths.</summary>
    internal static string PrefixOf(Module model) => model is VisionTransformer vit ? vit.Config.Registers > 0 ? DinoWithRegisters : Dino : "";

    /// <summary>A path of ours in the names of a generation.</summary>
    internal static string Of(string path, PeftNames names)
    {
        foreach ((string old, string moved) in s_moved)
        {
            if (names == PeftNames.Version5 && path.StartsWith(old, StringComparison.Ordinal))
            {
                return moved + path[old.Length..];
            }
        }

        foreach ((string four, string five) in s_renamed)
        {
            if (names == PeftNames.Version5 && Targets.Matches(path, four))
            {
                return path[..^four.Length] + five;
            }
        }

        return path;
    }

    /// <summary>The last name of a path, or the last two where one says too little: <c>output.dense</c>.</summary>
    internal static string LastName(string path)
    {
        string[] names = path.Split('.');
        return names is [.., "output", "dense"] ? "output.dense" : names[^1];
    }

    /// <summary>
    /// What picks these paths among all: the last name where it stands for chosen ones alone, the whole path otherwise.
    /// </summary>
    internal static IEnumerable<string> Shortest(IReadOnlyCollection<string> chosen, IEnumerable<string> all)
    {
        string[] others = [.. all.Except(chosen, StringComparer.Ordinal)];
        return chosen
            .Select(path => others.Any(other => Targets.Matches(other, LastName(path))) ? path : LastName(path))
            .Distinct(StringComparer.Ordinal);
    }
}
