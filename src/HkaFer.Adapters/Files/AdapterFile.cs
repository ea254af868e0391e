using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// Adapters in two files, as the PEFT library writes them: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>. LoRA is PEFT's own
/// format; HeKA has <c>peft_type: HEKA</c> in the same two files. The head is saved with the adapter.
/// </summary>
public sealed class AdapterFile
{
    private const string Root = "base_model.model.";
    private const string HeadPath = Root + "classifier";
    private const string LinearProbe = "LINEAR_PROBE";
    private const string TextHead = "TEXT_HEAD";

    private AdapterFile(string folder, JsonElement json, AdapterConfig? config)
    {
        (Folder, Json, Config) = (folder, json, config);
    }

    /// <summary>Where the files are.</summary>
    public string Folder { get; }

    /// <summary>The whole of <c>adapter_config.json</c>.</summary>
    public JsonElement Json { get; }

    /// <summary>Kind and options; null where there is a head alone: a linear probe, or texts of CLIP.</summary>
    public AdapterConfig? Config { get; }

    /// <summary>Class names, in the order of the logits.</summary>
    public IReadOnlyList<string> Labels => new AdapterJson(Json, ConfigPath(Folder)).Strings("labels");

    /// <summary>The backbone that the adapter was trained on: a folder or a name.</summary>
    public string Base => new AdapterJson(Json, ConfigPath(Folder)).Text("base_model_name_or_path", "");

    /// <summary>Shape of the learnt context of CLIP's texts beside the adapter: <c>[classes, tokens, d]</c> or <c>[tokens, d]</c>; null where there is none.</summary>
    /// <exception cref="HkaFerException">The weights cannot be read.</exception>
    public Shape? TextContextShape()
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(WeightsPath(Folder));
        return AdapterTexts.ContextShape(file, Root);
    }

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool Exists(string folder) => File.Exists(ConfigPath(folder));

    /// <summary>Reads the config; weights are read by <see cref="LoadInto"/>.</summary>
    /// <exception cref="HkaFerException">The file is missing or not an adapter's.</exception>
    public static AdapterFile Open(string folder)
    {
        string path = ConfigPath(folder);
        JsonElement json = CheckpointFolder.ReadJson(path);
        var reader = new AdapterJson(json, path);
        bool headAlone = reader.Text("peft_type", "") is LinearProbe or TextHead;
        return new AdapterFile(folder, json, headAlone ? null : AdapterConfig.Read(json, path) with { Targets = reader.Strings("target_modules") });
    }

    /// <summary>Writes an adapter and the head of its model.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="model">The classifier.</param>
    /// <param name="adapter">Its adapter, or none where the head is all.</param>
    /// <param name="baseName">The backbone's folder or name.</param>
    /// <param name="extras">More entries of the config: preprocessing and the like.</param>
    /// <exception cref="HkaFerException">The adapter is merged, or a file cannot be written.</exception>
    public static void Save(string folder, ImageClassifier model, Adapter? adapter, string baseName, JsonObject? extras = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (adapter is { IsMerged: true })
        {
            throw new HkaFerException($"adapter {adapter.Name}: is merged, so the backbone is no longer the one that it was trained on; unmerge it before it is saved");
        }

        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        (string, Tensor)[] tensors =
        [
            .. (adapter?.Layers ?? []).SelectMany(layer => AdapterLayerKeys.Write(layer, Root + model.Backbone.PeftPrefix)),
            .. model.Head is ClassifierHead linear ? AdapterHead.Write(linear, HeadPath) : AdapterTexts.Write((ClipTextHead)model.Head, Root),
        ];
        JsonObject json = ConfigJson(model, adapter, baseName, extras);
        SafeTensorsWriter.Save(WeightsPath(folder), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteText(ConfigPath(folder), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>
    /// Attaches the adapter to a classifier and fills adapter and head, which are then what is trainable; strictly, every tensor must find its
    /// place. A head that reads more of the tokens than the model's takes its place.
    /// </summary>
    /// <param name="model">A classifier with the adapter's labels on the backbone that it was trained on.</param>
    /// <param name="name">Tells adapters of one backbone apart.</param>
    /// <returns>The adapter, or null where the head is all.</returns>
    /// <exception cref="HkaFerException">
    /// Backbone or labels are others, or a tensor is missing, left over or of another shape; the model is as it was then.
    /// </exception>
    public Adapter? LoadInto(ImageClassifier model, string name = "default")
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckLabels(model);
        CheckBase(model);
        using SafeTensorsFile file = SafeTensorsFile.Open(WeightsPath(Folder));
        var unused = new HashSet<string>(file.Tensors.Keys, StringComparer.Ordinal);
        Action applyHead = ReadHead(file, model, unused);
        Adapter? adapter = Config is null ? null : Adapter.Attach(model.Backbone, Config, name);
        try
        {
            foreach (AdapterLayer layer in adapter?.Layers ?? [])
            {
                AdapterLayerKeys.Read(file, layer, Root, model.Backbone.PeftPrefix, unused);
            }

            if (unused.Count > 0)
            {
                throw new HkaFerException(
                    $"{file.Path}: {unused.Count} tensor(s) have no place in this model: {string.Join(", ", unused.Order(StringComparer.Ordinal).Take(4))}; it was made for another backbone or other target layers");
            }
        }
        catch
        {
            adapter?.Remove();
            throw;
        }

        // Nothing can fail from here on.
        applyHead();
        model.TrainHeadOnly();
        return adapter;
    }

    private static Action ReadHead(SafeTensorsFile file, ImageClassifier model, HashSet<string> unused)
    {
        if (model is Classifier classifier)
        {
            AdapterHead head = AdapterHead.Read(file, HeadPath, classifier.Head, unused);
            return () => head.Apply(classifier);
        }

        return AdapterTexts.Read(file, (ClipTextHead)model.Head, Root, unused);
    }

    private static JsonObject ConfigJson(ImageClassifier model, Adapter? adapter, string baseName, JsonObject? extras)
    {
        var json = new JsonObject
        {
            ["peft_type"] = adapter?.Config.PeftType ?? (model.Head is ClipTextHead ? TextHead : LinearProbe),
            ["task_type"] = null,
            ["base_model_name_or_path"] = baseName,
            ["base_model_hash"] = ModelHash.Of(model.Backbone),
            ["inference_mode"] = true,
            ["target_modules"] = new JsonArray([.. AdapterLayerKeys.TargetNames(adapter, model.Backbone).Select(t => (JsonNode)t)]),
            ["modules_to_save"] = model.Head is ClipTextHead ? null : new JsonArray("classifier"),
            ["labels"] = new JsonArray([.. model.Labels.Select(label => (JsonNode)label)]),
        };
        adapter?.Config.Write(json, model.Backbone.Width);
        foreach ((string key, JsonNode? value) in extras ?? [])
        {
            json[key] = value?.DeepClone();
        }

        return json;
    }

    /// <summary>Files of other programs name no labels; the head's rows must agree then.</summary>
    private void CheckLabels(ImageClassifier model)
    {
        if (Labels.Count > 0 && !Labels.SequenceEqual(model.Labels, StringComparer.Ordinal))
        {
            throw new HkaFerException(
                $"{Folder}: the adapter was trained on the labels [{string.Join(", ", Labels)}]; this model has [{string.Join(", ", model.Labels)}]; names and order must be the same");
        }
    }

    private void CheckBase(ImageClassifier model)
    {
        string expected = new AdapterJson(Json, ConfigPath(Folder)).Text("base_model_hash", "");
        if (expected.Length > 0 && ModelHash.Of(model.Backbone) is var actual && actual != expected)
        {
            throw new HkaFerException(
                $"{Folder}: the adapter was trained on another backbone ({Base}, weights {expected[..Math.Min(12, expected.Length)]}); this one has weights {actual[..12]}; name the right one with --backbone");
        }
    }

    private static string ConfigPath(string folder) => Path.Combine(folder, "adapter_config.json");

    private static string WeightsPath(string folder) => Path.Combine(folder, "adapter_model.safetensors");
}
