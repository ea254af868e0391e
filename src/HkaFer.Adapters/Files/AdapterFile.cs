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
    private const string Backbone = "dinov2.";
    private const string HeadPath = Root + "classifier";

    private AdapterFile(string folder, JsonElement json, AdapterConfig? config)
    {
        (Folder, Json, Config) = (folder, json, config);
    }

    /// <summary>Where the files are.</summary>
    public string Folder { get; }

    /// <summary>The whole of <c>adapter_config.json</c>.</summary>
    public JsonElement Json { get; }

    /// <summary>Kind and options; null for a linear probe, which has a head alone.</summary>
    public AdapterConfig? Config { get; }

    /// <summary>Class names, in the order of the logits.</summary>
    public IReadOnlyList<string> Labels => new AdapterJson(Json, ConfigPath(Folder)).Strings("labels");

    /// <summary>The backbone that the adapter was trained on: a folder or a name.</summary>
    public string Base => new AdapterJson(Json, ConfigPath(Folder)).Text("base_model_name_or_path", "");

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool Exists(string folder) => File.Exists(ConfigPath(folder));

    /// <summary>Reads the config; weights are read by <see cref="LoadInto"/>.</summary>
    /// <exception cref="HkaFerException">The file is missing or not an adapter's.</exception>
    public static AdapterFile Open(string folder)
    {
        string path = ConfigPath(folder);
        JsonElement json = CheckpointFolder.ReadJson(path);
        var reader = new AdapterJson(json, path);
        bool probe = reader.Text("peft_type", "") == "LINEAR_PROBE";
        return new AdapterFile(folder, json, probe ? null : AdapterConfig.Read(json, path) with { Targets = reader.Strings("target_modules") });
    }

    /// <summary>Writes an adapter and the head of its model.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="model">The classifier.</param>
    /// <param name="adapter">Its adapter, or none for a linear probe.</param>
    /// <param name="baseName">The backbone's folder or name.</param>
    /// <param name="extras">More entries of the config: preprocessing and the like.</param>
    public static void Save(string folder, Classifier model, Adapter? adapter, string baseName, JsonObject? extras = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        var tensors = new List<(string, Tensor)>();
        foreach (AdapterLayer layer in adapter?.Layers ?? [])
        {
            AddLayer(tensors, layer);
        }

        // The library's classifier also reads the mean of the patch tokens, which ours does not: weight zero.
        Tensor head = model.Head.Weight.Value.Detach();
        tensors.Add(($"{HeadPath}.weight", Ops.Concat(1, head, Tensor.Zeros(head.Shape))));
        tensors.Add(($"{HeadPath}.bias", model.Head.Bias.Value.Detach()));
        JsonObject json = ConfigJson(model, adapter, baseName, extras);
        SafeTensorsWriter.Save(WeightsPath(folder), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteText(ConfigPath(folder), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>Attaches the adapter to a classifier and fills adapter and head; strictly, every tensor must find its place.</summary>
    /// <param name="model">A classifier with the adapter's labels on the backbone that it was trained on.</param>
    /// <param name="name">Tells adapters of one backbone apart.</param>
    /// <returns>The adapter, or null for a linear probe.</returns>
    /// <exception cref="HkaFerException">The backbone is another one, or a tensor is missing, left over or of another shape.</exception>
    public Adapter? LoadInto(Classifier model, string name = "default")
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckBase(model);
        using SafeTensorsFile file = SafeTensorsFile.Open(WeightsPath(Folder));
        var unused = new HashSet<string>(file.Tensors.Keys, StringComparer.Ordinal);
        Adapter? adapter = Config is null ? null : model.Adapt(Config, name);
        try
        {
            foreach (AdapterLayer layer in adapter?.Layers ?? [])
            {
                AdapterLayerKeys.Read(file, layer, Root, Backbone, unused);
            }

            ReadHead(file, model.Head, unused);
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

        return adapter;
    }

    private static void AddLayer(List<(string, Tensor)> tensors, AdapterLayer layer) =>
        tensors.AddRange(AdapterLayerKeys.Write(layer, Root + Backbone));

    private static JsonObject ConfigJson(Classifier model, Adapter? adapter, string baseName, JsonObject? extras)
    {
        var json = new JsonObject
        {
            ["peft_type"] = adapter?.Config.PeftType ?? "LINEAR_PROBE",
            ["task_type"] = null,
            ["base_model_name_or_path"] = baseName,
            ["base_model_hash"] = ModelHash.Of(model.Backbone),
            ["inference_mode"] = true,
            ["target_modules"] = new JsonArray([.. TargetNames(adapter).Select(t => (JsonNode)t)]),
            ["modules_to_save"] = new JsonArray("classifier"),
            ["labels"] = new JsonArray([.. model.Labels.Select(label => (JsonNode)label)]),
        };
        adapter?.Config.Write(json);
        foreach ((string key, JsonNode? value) in extras ?? [])
        {
            json[key] = value?.DeepClone();
        }

        return json;
    }

    /// <summary>Endings of the adapted layers' paths, under the names of the checkpoint: what the PEFT library matches on.</summary>
    private static IEnumerable<string> TargetNames(Adapter? adapter) => (adapter?.Layers ?? [])
        .SelectMany(layer => AdapterLayerKeys.TargetNames(layer))
        .Distinct(StringComparer.Ordinal);

    private static void ReadHead(SafeTensorsFile file, ClassifierHead head, HashSet<string> unused)
    {
        Shape expected = head.Weight.Shape;
        Tensor weight = file.Read($"{HeadPath}.weight", DType.Float32), bias = file.Read($"{HeadPath}.bias", DType.Float32);
        unused.Remove($"{HeadPath}.weight");
        unused.Remove($"{HeadPath}.bias");
        if (weight.Shape != Shape.Create([expected[0], 2 * expected[1]]) || bias.Shape != head.Bias.Shape)
        {
            throw new HkaFerException(
                $"{file.Path}: head is {weight.Shape} with bias {bias.Shape}; expected [{expected[0]}, {2 * expected[1]}] and {head.Bias.Shape} (labels and width of another model?)");
        }

        using IDisposable paused = Tape.NoGrad();
        if (weight.Slice(1, expected[1], expected[1]).ToFloats().Any(w => w != 0))
        {
            throw new HkaFerException($"{file.Path}: the head also reads the mean of the patch tokens, which this model's head does not");
        }

        head.Weight.Value = weight.Slice(1, 0, expected[1]).Contiguous().Keep();
        head.Bias.Value = bias.Keep();
    }

    private void CheckBase(Classifier model)
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
