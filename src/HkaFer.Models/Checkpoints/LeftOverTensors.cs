using System.Text.Json;

namespace HkaFer.Models;

/// <summary>Tensors of a checkpoint that the model which its config describes has no place for: they are left out when it is loaded.</summary>
public static class LeftOverTensors
{
    private const string Vision = "vision_model.";

    /// <summary>Their names; headers alone are read.</summary>
    /// <param name="folder">Holds <c>config.json</c> and the weights.</param>
    /// <returns>The names in order, or null where the kind of model is not known here.</returns>
    /// <exception cref="HkaFerException">A file is missing or unreadable, or the config describes an impossible model.</exception>
    public static IReadOnlyList<string>? In(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        JsonElement json = CheckpointFolder.ReadJson(path);
        (Module Model, Func<string, string>[] Forms, string[] Head)? known = ClipConfig.TypeIn(folder) switch
        {
            ClipConfig.Whole => (new ClipModel(ClipConfig.Parse(json, path)), [Same], []),
            ClipConfig.VisionAlone => (ClipImageEncoder.Declare(json, path), [Same, Bare], []),
            "dinov2" or "dinov2_with_registers" => (new VisionTransformer(VitConfig.Parse(json, path)),
                [Same, .. VisionTransformer.s_prefixes.Select(prefix => (Func<string, string>)(name => prefix + name))], ["classifier.weight", "classifier.bias"]),
            "qwen2_vl" or "qwen2_5_vl" => (new QwenVl(QwenVlConfig.Parse(json, path)), [Same, QwenVl.Renamed], []),
            _ => null,
        };
        if (known is not { } found)
        {
            return null;
        }

        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        (Parameter Parameter, IReadOnlyList<string> Sources)[] map = [.. found.Model.CheckpointMap()];
        Func<string, string> form = ModuleLoading.FormOf(map, checkpoint, found.Forms);
        return ModuleLoading.LeftOver(checkpoint, [.. map.SelectMany(m => m.Sources).Select(form), .. found.Head]);
    }

    private static string Same(string name) => name;

    /// <summary>Newer files of an image encoder alone do without its name.</summary>
    private static string Bare(string name) => name.StartsWith(Vision, StringComparison.Ordinal) ? name[Vision.Length..] : name;
}
