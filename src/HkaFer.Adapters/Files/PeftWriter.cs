using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// An adapter in the keys and config of the PEFT library. It knows query, key and value apart: a LoRA or DoRA on our fused layer is written to each of
/// the three, with the same A and a third of what belongs to the outputs. HeKA keys carry the fused layer's own path.
/// </summary>
/// <param name="adapter">The adapter.</param>
/// <param name="backbone">The model that it stands on.</param>
/// <param name="width">Its hidden width.</param>
/// <param name="names">Generation of module names.</param>
internal sealed class PeftWriter(Adapter adapter, Module backbone, int width, PeftNames names)
{
    /// <summary>The paths of a layer in our names: those of its parts where it is written by them.</summary>
    internal static string[] PathsOf(AdapterLayer layer) => layer is { IsWrittenByParts: true, Base: { } fused } && layer.Out == fused.Out
        ? [.. AdapterTarget.PartsOf(layer.LayerPath, fused).Select(part => part.Path)]
        : [layer.LayerPath];

    internal IEnumerable<(string Name, Tensor Tensor)> Tensors()
    {
        var adapted = new HashSet<string>(AdaptedPaths, StringComparer.Ordinal);
        foreach (AdapterLayer layer in adapter.Layers)
        {
            string[] paths = PathsOf(layer);
            for (int i = 0; i < paths.Length; i++)
            {
                foreach ((string name, Parameter parameter, bool byOutput) in layer.FileTensors())
                {
                    int rows = byOutput ? parameter.Shape[0] / paths.Length : 0;
                    Tensor value = parameter.Value.Detach();

                    // Where nothing else stands beside a layer, the library does not wrap it.
                    string key = layer is BiasLayer && !adapted.Contains(paths[i]) ? "bias" : name;
                    yield return (
                        $"{PeftPaths.Root}{PeftPaths.PrefixOf(backbone)}{PeftPaths.Of(paths[i], names)}.{key}",
                        byOutput && paths.Length > 1 ? value.Slice(0, i * rows, rows).Contiguous() : value);
                }
            }
        }
    }

    /// <summary>Kind, options and targets.</summary>
    internal void Write(JsonObject json)
    {
        adapter.Config.Write(json, width);
        json["target_modules"] = new JsonArray([.. TargetNames().Select(name => (JsonNode)name)]);
        if (adapter.Config is not (LowRankConfig or LoKr))
        {
            return;
        }

        WritePattern(json, "rank_pattern", layer => layer switch { LowRankLayer l => l.Config.Rank, LokrLayer l => l.Config.Rank, _ => null });
        WritePattern(json, "alpha_pattern", layer => layer switch { LowRankLayer l => l.Config.EffectiveAlpha, LokrLayer l => l.Config.EffectiveAlpha, _ => null });
        if (adapter.Layers.OfType<BiasLayer>().Any())
        {
            var adapted = new HashSet<string>(AdaptedPaths, StringComparer.Ordinal);
            json["bias"] = adapter.Layers.OfType<BiasLayer>().All(layer => PathsOf(layer).All(adapted.Contains)) ? "lora_only" : "all";
        }

        // What the library's loader for any model looks for, and the options that it would otherwise fill in.
        if (LibraryClass is { } known)
        {
            json["auto_mapping"] = new JsonObject
            {
                ["base_model_class"] = known.Class,
                ["parent_library"] = $"transformers.models.{known.Module}.modeling_{known.Module}",
            };
        }

        foreach (string key in (string[])["exclude_modules", "layers_to_transform", "layers_pattern", "revision"])
        {
            json[key] = null;
        }
    }

    /// <summary>What the transformers library calls the whole model, and the module that has it.</summary>
    private (string Class, string Module)? LibraryClass => backbone switch
    {
        VisionTransformer { Config.Registers: > 0 } => ("Dinov2WithRegistersForImageClassification", "dinov2_with_registers"),
        VisionTransformer => ("Dinov2ForImageClassification", "dinov2"),
        QwenVl { Config.Vision.Windowed: true } => ("Qwen2_5_VLForConditionalGeneration", "qwen2_5_vl"),
        QwenVl => ("Qwen2VLForConditionalGeneration", "qwen2_vl"),
        _ => null,
    };

    private IEnumerable<string> AdaptedPaths => adapter.Layers.Where(layer => layer is not BiasLayer).SelectMany(PathsOf);

    /// <summary>What the library matches layers on.</summary>
    private IEnumerable<string> TargetNames()
    {
        string[] adapted = [.. AdaptedPaths.Select(path => PeftPaths.Of(path, names))];
        if (backbone is ClipImageEncoder)
        {
            // A last name would stand for layers of the text encoder as well.
            return adapted;
        }

        IEnumerable<string> all = Targets.Linears(backbone).SelectMany(l => AdapterTarget.PartsOf(l.Path, l.Layer).Select(t => t.Path).Append(l.Path));
        return PeftPaths.Shortest(adapted, all.Select(path => PeftPaths.Of(path, names)));
    }

    /// <summary>The values that differ from the config's own: under a layer's last name where all layers of that name agree, else under its path.</summary>
    private void WritePattern(JsonObject json, string key, Func<AdapterLayer, double?> value)
    {
        (string Path, double Value)[] values =
        [
            .. adapter.Layers.Where(layer => value(layer) is not null)
                .SelectMany(layer => PathsOf(layer).Select(path => (PeftPaths.Of(path, names), value(layer)!.Value))),
        ];
        double own = adapter.Config is LowRankConfig c ? key == "rank_pattern" ? c.Rank : c.EffectiveAlpha
            : adapter.Config is LoKr k ? key == "rank_pattern" ? k.Rank : k.EffectiveAlpha : 0;
        var pattern = new JsonObject();
        foreach ((string path, double other) in values.Where(v => v.Value != own))
        {
            string name = PeftPaths.LastName(path);
            bool agree = values.Where(v => Targets.Matches(v.Path, name)).All(v => v.Value == other);
            pattern[agree ? name : path] = key == "rank_pattern" ? (int)other : other;
        }

        json[key] = pattern;
    }
}
