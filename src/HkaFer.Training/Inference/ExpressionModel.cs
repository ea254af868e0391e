using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A classifier with all that its use needs: adapter, class names, and the preprocessing that it was trained with.</summary>
/// <remarks>Any number of threads may predict with one model at once; nothing may change the model meanwhile (training, merging, enabling).</remarks>
public sealed class ExpressionModel
{
    /// <summary>Whether a head of its own, saved with the model, took the place of the checkpoint's.</summary>
    private bool _hasHead;

    private const string PreprocessingKey = "preprocessing", DTypeKey = "base_dtype", Narrow = "bfloat16";

    /// <summary>Side of the pictures in the paper.</summary>
    private const int PaperSize = 224;

    /// <summary>Puts the parts together.</summary>
    /// <param name="classifier">Backbone and head, with values.</param>
    /// <param name="adapter">The adapter on its backbone, or null.</param>
    /// <param name="preprocessing">How pictures become numbers.</param>
    /// <param name="baseName">The backbone's folder or name, for the saved adapter.</param>
    public ExpressionModel(ImageClassifier classifier, Adapter? adapter, Preprocessing preprocessing, string baseName)
    {
        (Classifier, Adapter, Preprocessing, BaseName) = (classifier, adapter, preprocessing, baseName);
    }

    /// <summary>Backbone and head.</summary>
    public ImageClassifier Classifier { get; }

    /// <summary>The adapter, or null for a linear probe or full fine-tuning.</summary>
    public Adapter? Adapter { get; }

    /// <summary>How pictures become numbers.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The backbone's folder or name, as the saved adapter gives it.</summary>
    public string BaseName { get; }

    /// <summary>Class names.</summary>
    public IReadOnlyList<string> Labels => Classifier.Labels;

    /// <summary>The phrases of each class, in the order of the labels, where images are compared with texts; else empty.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Prompts { get; private init; } = [];

    /// <summary>Whether a folder, a name in the box, or an id of the hub in the cache, is a model: a run or an adapter.</summary>
    public static bool IsModel(string path) => Locate(path) is var folder && Directory.Exists(folder) && (RunFolder.IsRun(folder) || AdapterFile.Exists(folder));

    /// <summary>Tensors of the checkpoint that have no place in the model and were left out.</summary>
    public IReadOnlyList<string> LeftOver => [.. Classifier.Backbone.LeftOver.Where(name => !_hasHead || name is not ("classifier.weight" or "classifier.bias"))];

    /// <summary>Whether the classes' texts are the reader's to give: an adapter of the PEFT library on CLIP, which has neither head nor labels.</summary>
    /// <param name="path">A folder, or an adapter's id in the hub's cache.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <exception cref="HkaFerException">A file of it cannot be read.</exception>
    public static bool TakesTexts(string path, string? backbone = null)
    {
        string folder = Locate(path);
        if (RunFolder.IsRun(folder) || !AdapterFile.Exists(folder))
        {
            return false;
        }

        AdapterFile file = AdapterFile.Open(folder);
        return (backbone ?? file.Base) is { Length: > 0 } name && file.IsWithoutHead() && ClipImageEncoder.IsIn(Backbones.Resolve(name, backbone is null ? folder : null));
    }

    /// <summary>Loads the model that a run reports (see <c>training.selection</c>), or an adapter.</summary>
    /// <param name="path">A folder with <c>run.json</c> or <c>adapter_config.json</c>, the name of a model in the box (<c>supervised</c>), or an adapter's id in the hub's cache.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <param name="labels">Class names, where <see cref="TakesTexts"/>; those that the prompts have phrases for where not given.</param>
    /// <param name="text">Prompts and temperature, where <see cref="TakesTexts"/>; the defaults where not given.</param>
    /// <exception cref="HkaFerException">Something is missing or does not fit; the message names it.</exception>
    public static ExpressionModel Load(string path, string? backbone = null, IReadOnlyList<string>? labels = null, TextSettings? text = null)
    {
        path = Locate(path);
        string folder = RunFolder.IsRun(path) ? RunFolder.ReportedModel(path) : path;
        AdapterFile file = AdapterFile.Open(folder);
        if (file.Base.Length == 0 && backbone is null)
        {
            throw new HkaFerException($"{folder}: names no backbone; give one with --backbone");
        }

        (string name, string? relativeTo) = backbone is null ? (file.Base, folder) : (backbone, null);
        string place = Backbones.Resolve(name, relativeTo);
        if (QwenVl.IsIn(place))
        {
            throw AnsweringFiles.IsModel(folder)
                ? new HkaFerException($"{folder}: is a vision-language model, which answers in words (predict, eval); expected a classifier's run or adapter")
                : AnsweringFiles.WithoutPrompt(folder);
        }

        if (ClipImageEncoder.IsIn(place) && file.IsWithoutHead())
        {
            return OnGivenTexts(file, place, labels, text ?? new TextSettings(), Backbones.FullName(name, relativeTo));
        }

        if (labels is not null || text is not null)
        {
            throw new HkaFerException($"{folder}: has classes of its own; labels and texts can be given to an adapter on CLIP that has none");
        }

        ImageClassifier classifier = TextHeads.Declare(file, place, out IReadOnlyList<IReadOnlyList<string>> prompts);
        Adapter? adapter = file.LoadInto(classifier);
        if (file.Json.TryGetProperty(DTypeKey, out JsonElement dtype) && dtype.ToString() == Narrow)
        {
            // As it was trained and scored.
            classifier.Backbone.NarrowFrozenLayers();
        }

        classifier.Backbone.PackFrozenLayers();

        // An adapter of another program does not say; its pictures were prepared as the checkpoint states, then.
        Preprocessing preprocessing = file.Json.TryGetProperty(PreprocessingKey, out JsonElement json)
            ? PreprocessingJson.Read(json, folder)
            : CheckpointPreprocessing.For(place, classifier.Backbone);
        return new ExpressionModel(classifier, adapter, preprocessing, Backbones.FullName(name, relativeTo)) { Prompts = prompts, _hasHead = true };
    }

    /// <summary>Where a model is: its folder, that of one in the box, or that of an adapter of the hub in the cache.</summary>
    internal static string Locate(string path) => Path.Exists(path) ? path
        : Backbones.InTheBox(path) is { } boxed && AdapterFile.Exists(boxed) ? boxed
        : Hub.IsId(path) && Hub.Find(path) is { } snapshot && AdapterFile.Exists(snapshot.Folder) ? snapshot.Folder
        : path;

    private static ExpressionModel OnGivenTexts(AdapterFile file, string place, IReadOnlyList<string>? labels, TextSettings text, string baseName)
    {
        if (!ClipTextEncoder.IsIn(place))
        {
            throw new HkaFerException($"{file.Folder}: an adapter on CLIP without classes, and {place} holds no text encoder that could embed them; name a whole CLIP checkpoint with --backbone");
        }

        ClipImageEncoder images = ClipImageEncoder.Load(place, out _);
        ClipTextEncoder texts = ClipTextEncoder.Load(place);
        Adapter? adapter = file.AttachToClip(images, texts);
        images.PackFrozenLayers();
        text = text with { Context = 0, Shared = false };
        return OnTexts(images, place, labels ?? ClassPrompts.Classes(text.Prompts), text, CheckpointPreprocessing.For(place, images), baseName, texts).With(adapter);
    }

    /// <summary>A CLIP checkpoint as it is: images compared with the texts of classes, nothing trained.</summary>
    /// <param name="folder">The checkpoint's folder, or a name in the box.</param>
    /// <param name="labels">Class names.</param>
    /// <param name="text">Prompts and temperature; the defaults where not given. Learnable context has no meaning here.</param>
    /// <exception cref="HkaFerException">Something is missing or does not fit; the message names it.</exception>
    public static ExpressionModel ZeroShot(string folder, IReadOnlyList<string> labels, TextSettings? text = null)
    {
        string found = Backbones.Resolve(folder);
        if (!ClipImageEncoder.IsIn(found))
        {
            throw new HkaFerException($"{found}: is no CLIP checkpoint; without training, only a model with texts can name expressions");
        }

        var backbone = ClipImageEncoder.Load(found, out _);
        backbone.PackFrozenLayers();
        return OnTexts(backbone, found, labels, (text ?? new TextSettings()) with { Context = 0, Shared = false }, CheckpointPreprocessing.For(found, backbone), Backbones.FullName(folder));
    }

    /// <summary>An image encoder of CLIP with the texts of classes.</summary>
    internal static ExpressionModel OnTexts(
        ClipImageEncoder backbone, string folder, IReadOnlyList<string> labels, TextSettings text, Preprocessing preprocessing, string baseName, ClipTextEncoder? encoder = null)
    {
        IReadOnlyList<IReadOnlyList<string>> prompts = ClassPrompts.For(labels, text.Prompts);
        var classifier = new ClipClassifier(backbone, labels, TextHeads.Build(folder, prompts, labels, text, encoder));
        classifier.SetTrainable(false);
        return new ExpressionModel(classifier, null, preprocessing, baseName) { Prompts = prompts };
    }

    /// <summary>The same classifier and preprocessing, with another adapter on its backbone, or none, and another name of the backbone.</summary>
    internal ExpressionModel With(Adapter? adapter, string? baseName = null) => new(Classifier, adapter, Preprocessing, baseName ?? BaseName) { Prompts = Prompts, _hasHead = _hasHead };

    /// <summary>Checks that pictures have a size that the backbone takes.</summary>
    /// <exception cref="HkaFerException">The backbone cannot take pictures of this size; the message has one that it can.</exception>
    internal static void CheckSize(ImageEncoder backbone, Preprocessing preprocessing)
    {
        if (backbone is ClipImageEncoder && preprocessing.Size != backbone.ImageSize)
        {
            throw new HkaFerException($"preprocessing.size is {preprocessing.Size}; this CLIP takes pictures of {backbone.ImageSize} pixels: set it to that");
        }

        if (backbone is VisionTransformer { Config.Patch: var patch } && preprocessing.Size % patch != 0)
        {
            int fits = backbone.ImageSize > PaperSize && PaperSize % patch == 0 ? PaperSize : backbone.ImageSize / patch * patch;
            throw new HkaFerException(
                $"preprocessing.size is {preprocessing.Size}, no multiple of this backbone's patch of {patch} pixels; set it to one, as {fits}: "
                + $"preprocessing: {{ size: {fits} }} in the recipe, or --set preprocessing.size={fits}");
        }
    }

    /// <summary>Writes adapter, head, class names and preprocessing.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="names">Generation of module names, for readers of one alone.</param>
    public void Save(string folder, PeftNames names = PeftNames.Version4)
    {
        var extras = new JsonObject { [PreprocessingKey] = PreprocessingJson.Write(Preprocessing) };
        if (Classifier.Backbone.IsNarrowed())
        {
            extras[DTypeKey] = Narrow;
        }

        if (Classifier.Head is ClipTextHead head)
        {
            extras[AdapterTexts.Key] = TextHeads.ToJson(head, Prompts);
        }

        AdapterFile.Save(folder, Classifier, Adapter, BaseName, extras, names);
    }

    /// <summary>The expression on one face.</summary>
    /// <param name="image">Cropped to the face as the training pictures were.</param>
    public Prediction Predict(Image image) => Predict([image])[0];

    /// <summary>The expressions on several faces, computed together: faster than one by one, at the memory of all.</summary>
    /// <param name="images">Each cropped to its face.</param>
    /// <returns>One a picture, in order.</returns>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<Image> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        int size = Preprocessing.Size, length = 3 * size * size;
        var pixels = new float[checked(images.Count * length)];
        for (int i = 0; i < images.Count; i++)
        {
            Preprocessing.Write(images[i], pixels.AsSpan(i * length, length));
        }

        return Predict(pixels, images.Count);
    }

    /// <summary>The expressions on pictures that <see cref="Preprocessing"/> has turned into numbers: whoever has many need not hold them all.</summary>
    /// <param name="pixels">At least <c>count * 3 * size * size</c> values, from <see cref="Preprocessing.Write"/>.</param>
    /// <param name="count">Pictures.</param>
    public IReadOnlyList<Prediction> Predict(ReadOnlySpan<float> pixels, int count)
    {
        float[] probabilities = Probabilities(pixels, count);
        return [.. Enumerable.Range(0, count).Select(i =>
            new Prediction(Labels, probabilities.AsSpan(i * Labels.Count, Labels.Count).ToArray()))];
    }

    /// <summary>Class probabilities of a batch of preprocessed pictures.</summary>
    /// <param name="pixels">At least <c>count * 3 * size * size</c> values.</param>
    /// <param name="count">Pictures.</param>
    /// <returns><c>[count * classes]</c>, row by row.</returns>
    internal float[] Probabilities(ReadOnlySpan<float> pixels, int count)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        int size = Preprocessing.Size;
        Tensor x = Tensor.From(pixels[..(count * 3 * size * size)], [count, 3, size, size]);
        return Ops.Softmax(Classifier.Forward(x)).ToArray<float>();
    }
}
