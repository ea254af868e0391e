using System.Text.Json;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>ARCH on the command line: a published architecture by name, or the config of a checkpoint folder or of a model in the hub's cache.</summary>
internal static class Architectures
{
    /// <summary>The published names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. ((string[])["small", "base", "large", "giant"]).SelectMany(size => (string[])[$"dinov2-{size}", $"dinov2-{size}-registers"]),
        "clip-vit-base-patch32", "clip-vit-base-patch16", "clip-vit-large-patch14",
    ];

    /// <summary>The published names of vision-language models.</summary>
    public static IReadOnlyList<string> LanguageNames { get; } = ["qwen2-vl-2b", "qwen2-vl-7b", "qwen2.5-vl-3b", "qwen2.5-vl-7b"];

    /// <summary>Sizes and options of a vision-language model, or null where the name or config is that of something else; reads no weights.</summary>
    /// <exception cref="HkaFerException">There is none of this name, and no such folder.</exception>
    public static QwenVlConfig? FindQwen(string name)
    {
        if (QwenVlConfig.Named(name) is { } qwen || Names.Contains(name))
        {
            return QwenVlConfig.Named(name);
        }

        (string file, JsonElement json) = Read(name);
        return json.TryGetProperty("model_type", out JsonElement type) && type.ToString().StartsWith("qwen2", StringComparison.Ordinal) ? QwenVlConfig.Parse(json, file) : null;
    }

    /// <summary>An image encoder without values. Reads no weights.</summary>
    /// <exception cref="HkaFerException">There is none of this name, and no such folder.</exception>
    public static ImageEncoder Declare(string name)
    {
        if (VitConfig.Named(name) is { } vit)
        {
            return new VisionTransformer(vit);
        }

        if (ClipConfig.Named(name) is { } clip)
        {
            return new ClipImageEncoder(clip.Vision, clip.ProjectionWidth);
        }

        (string file, JsonElement json) = Read(name);
        return json.TryGetProperty("model_type", out JsonElement type) && type.ToString().StartsWith("clip", StringComparison.Ordinal)
            ? ClipImageEncoder.Declare(json, file)
            : new VisionTransformer(VitConfig.Parse(json, file));
    }

    /// <summary>Sizes and options of a whole CLIP, or null where the name or config is that of something else; reads no weights.</summary>
    /// <exception cref="HkaFerException">There is none of this name, and no such folder.</exception>
    public static ClipConfig? FindClip(string name)
    {
        if (ClipConfig.Named(name) is { } clip || VitConfig.Named(name) is not null)
        {
            return ClipConfig.Named(name);
        }

        (string file, JsonElement json) = Read(name);
        return json.TryGetProperty("model_type", out JsonElement type) && type.ToString() == "clip" ? ClipConfig.Parse(json, file) : null;
    }

    /// <summary>Sizes and options of a DINOv2 architecture; reads no weights.</summary>
    /// <exception cref="HkaFerException">There is none of this name, and no such folder.</exception>
    public static VitConfig Find(string name)
    {
        if (VitConfig.Named(name) is { } config)
        {
            return config;
        }

        (string file, JsonElement json) = Read(name);
        return VitConfig.Parse(json, file);
    }

    private static (string File, JsonElement Json) Read(string name)
    {
        string? folder = Directory.Exists(name) ? name : Backbones.BuiltIn.Contains(name) ? Backbones.Resolve(name) : !File.Exists(name) && Hub.IsId(name) ? Hub.Find(name)?.Folder : null;
        string file = folder is null ? name : Path.Combine(folder, "config.json");
        return File.Exists(file)
            ? (file, CheckpointFolder.ReadJson(file))
            : throw new HkaFerException(
                $"architecture '{name}': neither a name nor a checkpoint folder with a config.json; {Nearest.Hint(name, [.. Names, .. LanguageNames, .. Backbones.BuiltIn])}"
                + (Backbones.MayBeOfHub(name) ? $"; check the path, or if it is a model of the hub, fetch it first: hkafer pull {name}" : ""));
    }
}
