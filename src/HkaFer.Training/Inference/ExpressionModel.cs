using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A classifier with all that its use needs: adapter, class names, and the preprocessing that it was trained with.</summary>
/// <remarks>Any number of threads may predict with one model at once; nothing may change the model meanwhile (training, merging, enabling).</remarks>
public sealed class ExpressionModel
{
    private const string PreprocessingKey = "preprocessing", DTypeKey = "base_dtype", Narrow = "bfloat16";
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

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

    /// <summary>Whether a folder holds a model: a run or an adapter.</summary>
    public static bool IsModel(string path) => Directory.Exists(path) && (RunFolder.IsRun(path) || AdapterFile.Exists(path));

    /// <summary>Loads the model that a run reports (see <c>training.selection</c>), or an adapter.</summary>
    /// <param name="path">A folder with <c>run.json</c> or <c>adapter_config.json</c>.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <exception cref="HkaFerException">Something is missing or does not fit; the message names it.</exception>
    public static ExpressionModel Load(string path, string? backbone = null)
    {
        string folder = RunFolder.IsRun(path) ? RunFolder.ReportedModel(path) : path;
        AdapterFile file = AdapterFile.Open(folder);
        if (file.Base.Length == 0 && backbone is null)
        {
            throw new HkaFerException($"{folder}: names no backbone; give one with --backbone");
        }

        string place = Backbones.Resolve(backbone ?? file.Base, backbone is null ? folder : null);
        Classifier classifier = file.LoadClassifier(place);
        Adapter? adapter = file.LoadInto(classifier);
        if (file.Json.TryGetProperty(DTypeKey, out JsonElement dtype) && dtype.ToString() == Narrow)
        {
            // As it was trained and scored.
            classifier.Backbone.NarrowFrozenLayers();
        }

        return new ExpressionModel(classifier, adapter, ReadPreprocessing(file, classifier), Backbones.FullName(place));
    }

    /// <summary>Writes adapter, head, class names and preprocessing.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="names">Generation of module names, for readers of one alone.</param>
    public void Save(string folder, PeftNames names = PeftNames.Version4)
    {
        var extras = new JsonObject { [PreprocessingKey] = PreprocessingJson() };
        if (Classifier.Backbone.IsNarrowed())
        {
            extras[DTypeKey] = Narrow;
        }

        AdapterFile.Save(folder, Classifier, Adapter, BaseName, extras, names);
    }

    /// <summary>The preprocessing, as it is saved with the model.</summary>
    internal JsonNode PreprocessingJson() => JsonSerializer.SerializeToNode(Preprocessing, s_json)!;

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

    private static Preprocessing ReadPreprocessing(AdapterFile file, ImageClassifier classifier)
    {
        if (!file.Json.TryGetProperty(PreprocessingKey, out JsonElement json))
        {
            return new Preprocessing { Size = classifier.Backbone.ImageSize };
        }

        try
        {
            Preprocessing read = json.Deserialize<Preprocessing>(s_json) ?? new Preprocessing();
            read.Check();
            return read;
        }
        catch (Exception e) when (e is JsonException or HkaFerException)
        {
            throw new HkaFerException($"{file.Folder}: preprocessing in adapter_config.json cannot be read ({e.Message})", e);
        }
    }
}
