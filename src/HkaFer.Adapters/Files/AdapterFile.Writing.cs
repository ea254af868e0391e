using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

// Writing.
public sealed partial class AdapterFile
{
    /// <summary>Writes an adapter and the head of its model.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="model">The classifier.</param>
    /// <param name="adapter">Its adapter, or none where the head is all.</param>
    /// <param name="baseName">The backbone's folder or name.</param>
    /// <param name="extras">More entries of the config: preprocessing and the like.</param>
    /// <param name="names">Generation of module names; either can be read here, a library reads its own.</param>
    /// <exception cref="HkaFerException">The adapter is merged, or a file cannot be written.</exception>
    public static void Save(string folder, ImageClassifier model, Adapter? adapter, string baseName, JsonObject? extras = null, PeftNames names = PeftNames.Version4)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckApart(adapter);
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        PeftWriter? writer = adapter is null ? null : new PeftWriter(adapter, model.Backbone, model.Backbone.Width, names);
        (string, Tensor)[] tensors =
        [
            .. writer?.Tensors() ?? [],
            .. model.Head is ClassifierHead linear ? AdapterHead.Write(linear, HeadPath) : AdapterTexts.Write((ClipTextHead)model.Head, PeftPaths.Root),
        ];
        JsonObject json = ConfigJson(adapter?.Config.PeftType ?? (model.Head is ClipTextHead ? TextHead : LinearProbe), model.Backbone);
        json["modules_to_save"] = model.Head is ClipTextHead ? null : new JsonArray("classifier");
        json["labels"] = new JsonArray([.. model.Labels.Select(label => (JsonNode)label)]);
        Write(folder, tensors, json, writer, baseName, extras);
    }

    /// <summary>Writes an adapter of a vision-language model, which has no head of its own to be trained.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="model">The model; its hash is that of the checkpoint where <see cref="ModelHash.Keep"/> was called before anything was merged into it.</param>
    /// <param name="adapter">The adapter on it.</param>
    /// <param name="baseName">The model's folder or name.</param>
    /// <param name="extras">More entries of the config: what is asked, class names, preprocessing.</param>
    /// <param name="names">Generation of module names; either can be read here, a library reads its own.</param>
    /// <exception cref="HkaFerException">The adapter is merged into a model whose hash was not kept, or a file cannot be written.</exception>
    public static void Save(string folder, QwenVl model, Adapter adapter, string baseName, JsonObject? extras = null, PeftNames names = PeftNames.Version4)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        CheckApart(ModelHash.IsKept(model) ? null : adapter);
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        var writer = new PeftWriter(adapter, model, model.Width, names);
        Write(folder, [.. writer.Tensors()], ConfigJson(adapter.Config.PeftType, model), writer, baseName, extras);
    }

    private static void CheckApart(Adapter? adapter)
    {
        if (adapter is { IsMerged: true })
        {
            throw new HkaFerException($"adapter {adapter.Name}: is merged, so the backbone is no longer the one that it was trained on; unmerge it before it is saved");
        }
    }

    private static JsonObject ConfigJson(string type, Module backbone) => new(
        backbone is ImageEncoder encoder ? [KeyValuePair.Create(AdapterBase.SettingsKey, (JsonNode?)encoder.Settings())] : [])
    {
        ["peft_type"] = type,
        ["task_type"] = null,
        ["base_model_name_or_path"] = null,
        ["base_model_hash"] = ModelHash.Of(backbone),
        ["inference_mode"] = true,
        ["target_modules"] = new JsonArray(),
        ["modules_to_save"] = null,
    };

    private static void Write(string folder, (string, Tensor)[] tensors, JsonObject json, PeftWriter? writer, string baseName, JsonObject? extras)
    {
        json["base_model_name_or_path"] = baseName;
        writer?.Write(json);
        if (Hub.IsId(baseName) && baseName.Split('@') is [var id, var revision])
        {
            // Apart, as the library reads them.
            (json["base_model_name_or_path"], json[RevisionKey]) = (id, revision);
        }

        foreach ((string key, JsonNode? value) in extras ?? [])
        {
            json[key] = value?.DeepClone();
        }

        SafeTensorsWriter.Save(WeightsPath(folder), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteText(ConfigPathOf(folder), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }
}
