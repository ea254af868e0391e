using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// Adapters in two files, as the PEFT library writes them: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>. LoRA, DoRA and LoKr are the
/// library's own format, read and written; HeKA has <c>peft_type: HEKA</c> in the same two files (docs/adapters.md). The head is saved with the adapter.
/// </summary>
public sealed partial class AdapterFile
{
    private const string HeadPath = PeftPaths.Root + "classifier";
    private const string LinearProbe = "LINEAR_PROBE";
    private const string TextHead = "TEXT_HEAD";
    private const string RevisionKey = "revision";

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

    /// <summary>Where the config is.</summary>
    internal string ConfigPath => ConfigPathOf(Folder);

    /// <summary>Class names, in the order of the logits; none in files of other programs.</summary>
    public IReadOnlyList<string> Labels => new AdapterJson(Json, ConfigPath).Strings("labels");

    /// <summary>The backbone that the adapter was trained on: a folder or a name; of a model of the hub with <c>@revision</c>, where the file names one.</summary>
    public string Base
    {
        get
        {
            var reader = new AdapterJson(Json, ConfigPath);
            string name = reader.Text("base_model_name_or_path", ""), revision = reader.Text(RevisionKey, "");
            return revision is not ("" or "main") && Hub.IsId(name) && Hub.IsId($"{name}@{revision}") ? $"{name}@{revision}" : name;
        }
    }

    /// <summary>Shape of the learnt context of CLIP's texts beside the adapter: <c>[classes, tokens, d]</c> or <c>[tokens, d]</c>; null where there is none.</summary>
    /// <exception cref="HkaFerException">The weights cannot be read.</exception>
    public Shape? TextContextShape()
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(WeightsPath(Folder));
        return AdapterTexts.ContextShape(file, PeftPaths.Root);
    }

    /// <summary>
    /// Whether it has nothing that makes classes of features: no head, no texts, no labels. On CLIP, that is what the PEFT library writes, and the classes'
    /// texts are for the reader to give; elsewhere the head is the backbone's own.
    /// </summary>
    /// <exception cref="HkaFerException">The weights cannot be read.</exception>
    public bool IsWithoutHead()
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(WeightsPath(Folder));
        return Config is not null && Labels.Count == 0 && AdapterTexts.Temperature(Json, Folder) is null
            && !file.Tensors.Keys.Any(key => key.StartsWith($"{HeadPath}.", StringComparison.Ordinal));
    }

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool Exists(string folder) => File.Exists(ConfigPathOf(folder));

    /// <summary>Reads the config; weights are read by <see cref="LoadInto"/>.</summary>
    /// <exception cref="HkaFerException">The file is missing or not an adapter's.</exception>
    public static AdapterFile Open(string folder)
    {
        string path = ConfigPathOf(folder);
        JsonElement json = CheckpointFolder.ReadJson(path);
        var reader = new AdapterJson(json, path);
        if (reader.Text("peft_type", "") is LinearProbe or TextHead)
        {
            return new AdapterFile(folder, json, null);
        }

        (string? expression, IReadOnlyList<string> targets) = reader.TextOrStrings("target_modules");
        return new AdapterFile(folder, json, AdapterConfig.Read(json, path) with { Targets = expression is null ? targets : [expression] });
    }

    /// <summary>
    /// The classifier that the adapter belongs on, before <see cref="LoadInto"/>: a backbone under a head without values, or the published
    /// classifier where the adapter was trained under its head. Class names are the file's own, else the checkpoint's, else <c>LABEL_0</c> and so on.
    /// </summary>
    /// <param name="folder">The backbone's checkpoint folder.</param>
    /// <exception cref="HkaFerException">The checkpoint does not load, or has no head where the adapter needs its.</exception>
    public Classifier LoadClassifier(string folder)
    {
        if (Labels.Count > 0)
        {
            return new Classifier(ImageEncoder.LoadFolder(folder), Labels);
        }

        if (ClipImageEncoder.IsIn(folder))
        {
            throw new HkaFerException(IsWithoutHead()
                ? $"{Folder}: an adapter on CLIP without classes; give their texts (--prompts cues, names or FILE)"
                : $"{Folder}: has a linear head of another program on CLIP, which reads the mean of the patch tokens before the last norm; that is not computed here; "
                    + "save the adapter without the head (modules_to_save: null) and give the classes as texts (--prompts), or train it here");
        }

        using SafeTensorsFile file = SafeTensorsFile.Open(WeightsPath(Folder));
        return file.Tensors.TryGetValue($"{HeadPath}.bias", out SafeTensorInfo? bias) && bias.Shape.Rank == 1
            ? new Classifier(ImageEncoder.LoadFolder(folder), LabelsOf(folder, bias.Shape[0]))
            : Classifier.Load(folder);
    }

    /// <summary>
    /// The classifier that the adapter belongs on, before <see cref="LoadInto"/>, on a backbone that is loaded already: with CLIP's text head where the adapter
    /// was trained under one, else with a linear head.
    /// </summary>
    /// <param name="backbone">What it was trained on.</param>
    /// <param name="labels">Class names; the file's own where not given.</param>
    /// <exception cref="HkaFerException">The adapter was trained on CLIP and the backbone is another kind, or the entry of its texts cannot be read.</exception>
    public ImageClassifier ClassifierOn(ImageEncoder backbone, IReadOnlyList<string>? labels = null)
    {
        labels ??= Labels;
        if (AdapterTexts.Temperature(Json, Folder) is not { } temperature)
        {
            return new Classifier(backbone, labels);
        }

        return backbone is ClipImageEncoder clip
            ? new ClipClassifier(clip, labels, new ClipTextHead(labels.Count, clip.Projection.Out, temperature, TextContextShape()))
            : throw new HkaFerException($"{Folder}: the adapter was trained on CLIP; this is another kind of backbone; name a CLIP checkpoint");
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
        AdapterBase.Check(this, model.Backbone);
        using SafeTensorsFile file = SafeTensorsFile.Open(WeightsPath(Folder));
        var unused = new HashSet<string>(file.Tensors.Keys, StringComparer.Ordinal);
        Action applyHead = ReadHead(file, model, unused);
        Adapter? adapter = Config is null ? null : new PeftReader(this, Config, file, model.Backbone).Attach(name, model.Backbone.Width, unused);

        // With `bias: all` the library saves the bias of the head that the saved one has replaced as well.
        unused.RemoveWhere(key => key.StartsWith($"{HeadPath}.original_module.", StringComparison.Ordinal));
        if (unused.Count > 0)
        {
            adapter?.Remove();
            throw NoPlace(file, unused);
        }

        // Nothing can fail from here on.
        applyHead();
        model.TrainHeadOnly();
        return adapter;
    }

    /// <summary>
    /// Attaches the adapter to a model that has no head of its own to be trained, a language model, and fills it; strictly, every tensor must find its
    /// place. The adapter's parameters are then what is trainable.
    /// </summary>
    /// <param name="model">The model that it was trained on.</param>
    /// <param name="name">Tells adapters of one model apart.</param>
    /// <exception cref="HkaFerException">
    /// The base is another one, or a tensor is missing, left over or of another shape; the model is as it was then.
    /// </exception>
    public Adapter AttachTo<TModel>(TModel model, string name = "default")
        where TModel : Module, IAdaptable
    {
        ArgumentNullException.ThrowIfNull(model);
        if (Config is null)
        {
            throw new HkaFerException($"{Folder}: holds a head and no adapter; a {model.GetType().Name} has no place for it");
        }

        AdapterBase.Check(this, model);
        using SafeTensorsFile file = SafeTensorsFile.Open(WeightsPath(Folder));
        var unused = new HashSet<string>(file.Tensors.Keys, StringComparer.Ordinal);
        Adapter adapter = new PeftReader(this, Config, file, model).Attach(name, model.Width, unused);
        if (unused.Count > 0)
        {
            adapter.Remove();
            throw NoPlace(file, unused);
        }

        return adapter;
    }

    /// <summary>
    /// Attaches an adapter that the PEFT library wrote on CLIP to the encoders that it touches, strictly. What it does to the text encoder becomes part of that
    /// encoder's weights, as texts are embedded once; embed the classes' texts afterwards.
    /// </summary>
    /// <param name="images">The image encoder.</param>
    /// <param name="texts">The text encoder of the same checkpoint.</param>
    /// <param name="name">Tells adapters of one backbone apart.</param>
    /// <returns>The adapter of the image encoder, or null where the text encoder's is all.</returns>
    /// <exception cref="HkaFerException">A tensor is missing, left over or of another shape; both encoders are as they were then.</exception>
    public Adapter? AttachToClip(ClipImageEncoder images, ClipTextEncoder texts, string name = "default")
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(texts);
        if (Config is null)
        {
            throw new HkaFerException($"{Folder}: holds a head and no adapter");
        }

        AdapterBase.Check(this, images);
        using SafeTensorsFile file = SafeTensorsFile.Open(WeightsPath(Folder));
        var unused = new HashSet<string>(file.Tensors.Keys, StringComparer.Ordinal);
        PeftReader image = new(this, Config, file, images), text = new(this, Config, file, texts);

        // An adapter of the whole model stands on every layer that its config picks; one of a single encoder has the same names and nothing for the other.
        string type = Json.TryGetProperty("auto_mapping", out JsonElement mapping) && mapping.ValueKind == JsonValueKind.Object
            && mapping.TryGetProperty("base_model_class", out JsonElement named) ? named.ToString() : "";
        bool whole = type == "CLIPModel", textsAlone = type.StartsWith("CLIPText", StringComparison.Ordinal);
        bool onImages = !textsAlone && (image.HasTensors || (whole && image.PicksAny) || !text.HasTensors);
        Adapter? adapter = null, ofTexts = null;
        try
        {
            adapter = onImages ? image.Attach(name, images.Width, unused) : null;

            // Without the encoder's name in front, keys could be either's: then they were the image encoder's, and are used.
            bool onTexts = textsAlone || (text.HasTensors && unused.Count > 0) || (whole && text.PicksAny);
            ofTexts = onTexts ? text.Attach(name, texts.Text.Config.Width, unused) : null;
            if (unused.Count > 0)
            {
                throw NoPlace(file, unused);
            }

            ofTexts?.Merge();
            return adapter;
        }
        catch
        {
            adapter?.Remove();
            ofTexts?.Remove();
            throw;
        }
    }

    /// <summary>Reads the head of the file, where the adapter was not trained under the head that the model has; the result gives it to the model.</summary>
    private Action ReadHead(SafeTensorsFile file, ImageClassifier model, HashSet<string> unused)
    {
        if (model is not Classifier classifier)
        {
            return AdapterTexts.Read(file, (ClipTextHead)model.Head, PeftPaths.Root, unused);
        }

        if (Config is null || new AdapterJson(Json, ConfigPath).Strings("modules_to_save").Contains("classifier") || file.Tensors.ContainsKey($"{HeadPath}.weight"))
        {
            AdapterHead head = AdapterHead.Read(file, HeadPath, classifier.Head, unused);
            return () => head.Apply(classifier);
        }

        return classifier.Head.Weight.IsReady && classifier.Head.Bias.IsReady
            ? () => { }
            : throw new HkaFerException(
                $"{file.Path}: holds no head (modules_to_save lists none), and the model's has no values; load the backbone as the classifier that the adapter was trained on");
    }

    private static HkaFerException NoPlace(SafeTensorsFile file, HashSet<string> unused) => new(
        $"{file.Path}: {unused.Count} tensor(s) have no place in this model: {string.Join(", ", unused.Order(StringComparer.Ordinal).Take(4))}; it was made for another backbone or other target layers");

    private static string[] LabelsOf(string folder, int classes)
    {
        if (classes > 1 << 16)
        {
            throw new HkaFerException($"{folder}: a head of {classes} classes; expected at most {1 << 16}");
        }

        string[] numbered = [.. Enumerable.Range(0, classes).Select(i => $"LABEL_{i}")];
        JsonElement config = CheckpointFolder.ReadJson(Path.Combine(folder, "config.json"));
        if (!config.TryGetProperty("id2label", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            return numbered;
        }

        // The base's own classes, where the adapter has as many.
        string[] named = [.. numbered.Select((_, i) => map.TryGetProperty($"{i}", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "")];
        return map.EnumerateObject().Count() == classes && named.All(name => name.Length > 0) ? named : numbered;
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

    private static string ConfigPathOf(string folder) => Path.Combine(folder, "adapter_config.json");

    private static string WeightsPath(string folder) => Path.Combine(folder, "adapter_model.safetensors");
}
