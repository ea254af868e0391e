using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Models that answer, in files: an adapter of the PEFT library whose config also says what was asked, with the adapter of the stage before below it.</summary>
internal static class AnsweringFiles
{
    /// <summary>The folder of the adapter of the stage before, in the adapter's own.</summary>
    internal const string Before = "base_adapter";

    /// <summary>What a checkpoint that was made of a trained model is asked: class names, prompt and preprocessing, as an adapter's config has them.</summary>
    internal const string AskedName = "answers.json";

    private const string PromptKey = "prompt", PreprocessingKey = "preprocessing", LabelsKey = "labels", JoinKey = "base_adapter";

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>More stages than any recipe has: a folder of somebody else may be nested without end.</summary>
    private const int MostStages = 8;

    /// <summary>Whether a file of a saved model, by its path in the folder, is one of these.</summary>
    internal static bool Owns(string path)
    {
        string rest = path;
        while (rest.StartsWith(Before + "/", StringComparison.Ordinal))
        {
            rest = rest[(Before.Length + 1)..];
        }

        return rest is "adapter_config.json" or "adapter_model.safetensors";
    }

    internal static bool IsModel(string path)
    {
        path = ExpressionModel.Locate(path);
        if (!Directory.Exists(path))
        {
            return false;
        }

        if (IsMerged(path))
        {
            return true;
        }

        string? place = !RunFolder.IsRun(path) ? path : RunFolder.Stages(path).Prepend(path).Any(RunFolder.HasModel) ? RunFolder.ReportedModel(path) : null;
        return place is { } folder && AdapterFile.Exists(folder) && CheckpointFolder.ReadJson(Path.Combine(folder, "adapter_config.json")).TryGetProperty(PromptKey, out _);
    }

    /// <summary>Whether a folder is a checkpoint that a trained model has become part of, with what it was asked.</summary>
    internal static bool IsMerged(string folder) => File.Exists(Path.Combine(folder, AskedName)) && QwenVl.IsIn(folder);

    internal static AnsweringModel Load(string path, string? backbone)
    {
        path = ExpressionModel.Locate(path);
        if (IsMerged(path))
        {
            return backbone is null ? LoadMerged(path) : throw new HkaFerException($"{path}: is a checkpoint itself, which stands on no other; take --backbone away");
        }

        string folder = RunFolder.IsRun(path) ? RunFolder.ReportedModel(path) : path, config = Path.Combine(folder, "adapter_config.json");
        AdapterFile file = AdapterFile.Open(folder);
        if (file.Base.Length == 0 && backbone is null)
        {
            throw new HkaFerException($"{folder}: names no model; give one with --backbone");
        }

        (string name, string? relativeTo) = backbone is null ? (file.Base, folder) : (backbone, null);
        string place = Backbones.Resolve(name, relativeTo);
        if (!file.Json.TryGetProperty(PromptKey, out JsonElement asked))
        {
            throw WithoutPrompt(folder);
        }

        AnswerPrompt prompt = AnswerPrompt.Read(asked, file.Labels, config);
        QwenVl model = LoadBase(place);
        PatchPreprocessing preprocessing = file.Json.TryGetProperty(PreprocessingKey, out JsonElement json)
            ? PreprocessingJson.ReadPatches(json, config)
            : AnsweringParts.PreprocessingOf(place, model.Config, null, null);
        ModelHash.Keep(model);
        List<StageAdapter> earlier = LoadEarlier(folder, file, model);
        Adapter adapter = file.AttachTo(model, StageName(earlier.Count));
        adapter.SetTrainable(false);
        model.PackFrozenLayers();
        return new AnsweringModel(model, QwenTokenizer.Load(place), preprocessing, prompt, Backbones.FullName(name, relativeTo), adapter, earlier)
        {
            StandsIn = RunFolder.StandsIn(path),
        };
    }

    /// <summary>An adapter of another program is on such a model, and only who trained it knows what it answers to.</summary>
    internal static HkaFerException WithoutPrompt(string folder) => new(
        $"{Path.Combine(folder, "adapter_config.json")}: has no {PromptKey}: it does not say what the model was asked; write one, with the labels, as docs/adapters.md has it");

    internal static AnsweringModel Untrained(string name, AnswerPrompt prompt, int? maxPixels)
    {
        string place = Backbones.Resolve(name);
        QwenVl model = LoadBase(place);
        model.PackFrozenLayers();
        PatchPreprocessing own = AnsweringParts.PreprocessingOf(place, model.Config, null, maxPixels);
        if (maxPixels is null && own.MaxPixels > AnswerPictures.FacePixels)
        {
            own = own with { MaxPixels = AnswerPictures.FacePixels, MinPixels = Math.Min(own.MinPixels, AnswerPictures.FacePixels) };
        }

        return new AnsweringModel(model, QwenTokenizer.Load(place), own, prompt, Backbones.FullName(name));
    }

    internal static void Save(AnsweringModel model, string folder, PeftNames names)
    {
        Adapter adapter = model.Adapter ?? throw new HkaFerException("answering model: has no adapter to be saved; nothing was trained");
        Save(model, folder, adapter, [.. model.Earlier], names);
    }

    /// <summary>What tells the adapters of one model apart.</summary>
    internal static string StageName(int stage) => $"stage-{stage + 1}";

    /// <summary>
    /// Makes the adapter of a stage that is done part of what the next one stands on. Weights of 16 bits would lose what it adds: it stays beside them then, frozen,
    /// which computes the same without that loss.
    /// </summary>
    internal static void Settle(QwenVl model, Adapter adapter, AdapterJoin join)
    {
        adapter.SetTrainable(join == AdapterJoin.Stack);
        if (join == AdapterJoin.Merge && model.Text.Blocks.All(block => block.Mlp.Gate.Weight.Value.DType == DType.Float32))
        {
            adapter.Merge();
        }
    }

    /// <summary>Writes the model as a checkpoint of its own; all its adapters become part of the weights, one matrix after another.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="dtype">Element type of the weights; what is added is rounded to it once, with the weight.</param>
    /// <param name="cancel">Stops between tensors.</param>
    internal static void SaveMerged(AnsweringModel model, string folder, DType dtype, CancellationToken cancel)
    {
        using IDisposable paused = Tape.NoGrad();
        var values = new Dictionary<Parameter, Func<Tensor>>();
        foreach (Linear layer in model.Model.Modules().Select(part => part.Module).OfType<Linear>().Where(layer => layer.Adapters.Count > 0))
        {
            values[layer.Weight] = () => Adapter.MergedWeight(layer);
            if (layer.Bias is { } bias)
            {
                values[bias] = () => Adapter.MergedBias(layer)!;
            }
        }

        model.Model.Save(folder, dtype, parameter => values.TryGetValue(parameter, out Func<Tensor>? merged) ? merged() : parameter.Value, cancel);
    }

    /// <summary>Writes what the model is asked beside its weights.</summary>
    internal static void SaveAsked(AnsweringModel model, string folder) =>
        AtomicFile.WriteText(Path.Combine(folder, AskedName), Asked(model).ToJsonString(s_indented) + "\n");

    private static AnsweringModel LoadMerged(string folder)
    {
        string file = Path.Combine(folder, AskedName);
        JsonElement json = CheckpointFolder.ReadJson(file);
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(PromptKey, out JsonElement asked) || !json.TryGetProperty(PreprocessingKey, out JsonElement patches)
            || !json.TryGetProperty(LabelsKey, out JsonElement names) || names.ValueKind != JsonValueKind.Array || names.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
        {
            throw new HkaFerException($"{file}: expected an object with the list of class names {LabelsKey}, and {PromptKey} and {PreprocessingKey} as an adapter's config has them; without this file the folder is a plain checkpoint");
        }

        AnswerPrompt prompt = AnswerPrompt.Read(asked, [.. names.EnumerateArray().Select(name => name.GetString()!)], file);
        PatchPreprocessing preprocessing = PreprocessingJson.ReadPatches(patches, file);
        QwenVl model = LoadBase(folder);
        model.PackFrozenLayers();
        return new AnsweringModel(model, QwenTokenizer.Load(folder), preprocessing, prompt, Path.GetFullPath(folder));
    }

    private static JsonObject Asked(AnsweringModel model) => new()
    {
        [LabelsKey] = new JsonArray([.. model.Labels.Select(label => (JsonNode)label)]),
        [PromptKey] = model.Prompt.ToJson(),
        [PreprocessingKey] = PreprocessingJson.Write(model.Preprocessing),
    };

    private static void Save(AnsweringModel model, string folder, Adapter adapter, StageAdapter[] earlier, PeftNames names)
    {
        JsonObject extras = Asked(model);
        if (earlier is [.. var before, var last])
        {
            extras[JoinKey] = last.Join.ToString().ToLowerInvariant();
            Save(model, Path.Combine(folder, Before), last.Adapter, before, names);
        }

        AdapterFile.Save(folder, model.Model, adapter, model.BaseName, extras, names);
    }

    /// <summary>The model in a checkpoint folder; matrices stay in the files.</summary>
    /// <exception cref="HkaFerException">It is another kind of model, or a file of it is missing or damaged.</exception>
    internal static QwenVl LoadBase(string folder) => QwenVl.IsIn(folder)
        ? QwenVl.Load(folder)
        : throw new HkaFerException($"{folder}: is no vision-language model that can be asked; expected the checkpoint of a Qwen2-VL or Qwen2.5-VL");

    /// <summary>Attaches the adapters of earlier stages, first to last.</summary>
    private static List<StageAdapter> LoadEarlier(string folder, AdapterFile file, QwenVl model)
    {
        var chain = new List<(AdapterFile File, AdapterJoin Join)>();
        for (AdapterFile at = file; at.Json.TryGetProperty(JoinKey, out JsonElement value) && value.ValueKind != JsonValueKind.Null; at = chain[0].File)
        {
            string config = Path.Combine(at.Folder, "adapter_config.json");
            AdapterJoin join = value.ToString() switch
            {
                "merge" => AdapterJoin.Merge,
                "stack" => AdapterJoin.Stack,
                var other => throw new HkaFerException($"{config}: {JoinKey} is '{Nearest.Cut(other)}'; expected merge or stack"),
            };
            if (chain.Count == MostStages)
            {
                throw new HkaFerException($"{folder}: more than {MostStages} adapters below one another; expected the stages of one recipe");
            }

            string below = Path.Combine(at.Folder, Before);
            chain.Insert(0, (AdapterFile.Exists(below) ? AdapterFile.Open(below) : throw new HkaFerException(
                $"{config}: the adapter stands on that of the stage before, and '{below}' has none; copy the folder whole"), join));
        }

        var earlier = new List<StageAdapter>();
        foreach ((AdapterFile before, AdapterJoin join) in chain)
        {
            Adapter adapter = before.AttachTo(model, StageName(earlier.Count));
            Settle(model, adapter, join);
            adapter.SetTrainable(false);
            earlier.Add(new StageAdapter(adapter, join));
        }

        return earlier;
    }
}
