using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// One frozen backbone in memory and many adapters on it, chosen anew for every image: a batch may mix them. What the adapters share is computed once
/// for all images, at each adapted layer each adapter takes its own. Nothing of the backbone is copied; memory grows by adapters and heads only.
/// </summary>
/// <remarks>
/// Any number of threads may predict at once, each with adapters of its choice, also while another adds or removes adapters. What an adapter was
/// removed from under a running pass, the pass may or may not have seen. Adapters must not be trained, merged or enabled by hand meanwhile.
/// </remarks>
public sealed class AdapterSet
{
    private readonly Lock _change = new();
    private volatile IReadOnlyDictionary<string, AdaptedModel> _models = new Dictionary<string, AdaptedModel>(StringComparer.Ordinal);

    /// <param name="backbone">Frozen from here on.</param>
    public AdapterSet(ImageEncoder backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        backbone.SetTrainable(false);
        Backbone = backbone;
    }

    /// <summary>The backbone that all share.</summary>
    public ImageEncoder Backbone { get; }

    /// <summary>The adapters by name.</summary>
    public IReadOnlyDictionary<string, AdaptedModel> Models => _models;

    /// <summary>Loads an adapter.</summary>
    /// <param name="name">What requests will call it.</param>
    /// <param name="folder">An adapter's folder.</param>
    /// <param name="labels">Class names where the file has none, as those of other programs.</param>
    /// <exception cref="HkaFerException">The name is taken, the files do not fit, or the adapter was trained on another backbone; the set is as it was then.</exception>
    public AdaptedModel Add(string name, string folder, IReadOnlyList<string>? labels = null)
    {
        AdapterFile file = AdapterFile.Open(folder);
        if (Backbone is ClipImageEncoder && file.IsWithoutHead())
        {
            throw new HkaFerException($"{folder}: an adapter on CLIP without classes; give it their texts first: hkafer convert {Quoting.ShellWord(folder)} OUT --prompts cues, and load OUT");
        }

        IReadOnlyList<string> classes = file.Labels.Count > 0 ? file.Labels
            : labels ?? throw new HkaFerException($"{folder}: names no classes; give their names, in the order of the head's rows");
        lock (_change)
        {
            CheckFree(name);
            ImageClassifier classifier = file.ClassifierOn(Backbone, classes);
            Adapter? adapter = file.LoadInto(classifier, name);
            return Put(new AdaptedModel(name, classifier, adapter));
        }
    }

    /// <summary>Takes a model that stands on the backbone already: one just trained, say.</summary>
    /// <exception cref="HkaFerException">The name is taken, the backbone is another object, or the adapter is merged.</exception>
    public AdaptedModel Add(string name, ImageClassifier classifier, Adapter? adapter)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        lock (_change)
        {
            CheckFree(name);
            if (classifier.Backbone != Backbone)
            {
                throw new HkaFerException($"adapters: the model of '{name}' has a backbone of its own; put its adapter on that of the set");
            }

            Check(name, adapter);
            return Put(new AdaptedModel(name, classifier, adapter));
        }
    }

    /// <summary>Takes an adapter off the backbone.</summary>
    /// <exception cref="HkaFerException">There is none of this name.</exception>
    public void Remove(string name)
    {
        lock (_change)
        {
            AdaptedModel model = Find(name);
            _models = _models.Where(pair => pair.Key != name).ToDictionary(StringComparer.Ordinal);
            model.Adapter?.Remove();
        }
    }

    /// <summary>The logits of images that all go through one adapter.</summary>
    public IReadOnlyList<float[]> Logits(Tensor pixels, string name)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return Logits(pixels, [.. Enumerable.Repeat(name, pixels.Shape[0])]);
    }

    /// <summary>The logits of images that each name their adapter.</summary>
    /// <param name="pixels"><c>[batch, channels, height, width]</c>, normalised.</param>
    /// <param name="names">One a image.</param>
    /// <returns>One array an image, in the order of the images, as long as its adapter's labels.</returns>
    /// <exception cref="HkaFerException">A name is not known, or an adapter was merged into the backbone.</exception>
    public IReadOnlyList<float[]> Logits(Tensor pixels, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(names);
        if (pixels.Shape.Rank != 4 || pixels.Shape[0] != names.Count)
        {
            throw new HkaFerException($"adapters: {names.Count} names for images {pixels.Shape}; expected one an image of [batch, channels, height, width]");
        }

        // Images of one adapter follow each other, so that each takes one range of every layer's memory.
        (AdaptedModel Model, int[] Images)[] groups =
            [.. names.Select((name, image) => (Model: Find(name), image)).GroupBy(i => i.Model, i => i.image).Select(g => (g.Key, g.ToArray()))];
        foreach (AdaptedModel model in _models.Values)
        {
            Check(model.Name, model.Adapter);
        }

        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Tensor tokens = Tokens(Ordered(pixels, [.. groups.SelectMany(g => g.Images)]), groups);
        var logits = new float[names.Count][];
        int start = 0;
        foreach ((AdaptedModel model, int[] images) in groups)
        {
            // Its adapter once more: it may stand beside CLIP's projection too, which comes after the tokens.
            using var alone = new AdapterMixture(images.Length, model.Adapter is { } adapter ? [(adapter, 0, images.Length)] : []);
            float[] values = model.Classifier.Classify(tokens.Slice(0, start, images.Length)).ToFloats();
            for (int i = 0; i < images.Length; i++)
            {
                logits[images[i]] = values.AsSpan(i * model.Labels.Count, model.Labels.Count).ToArray();
            }

            start += images.Length;
        }

        return logits;
    }

    private Tensor Tokens(Tensor pixels, (AdaptedModel Model, int[] Images)[] groups)
    {
        var rows = new List<(Adapter, int, int)>();
        int start = 0;
        foreach ((AdaptedModel model, int[] images) in groups)
        {
            if (model.Adapter is { } adapter)
            {
                rows.Add((adapter, start, images.Length));
            }

            start += images.Length;
        }

        using var mixture = new AdapterMixture(pixels.Shape[0], rows);
        return Backbone.Encode(pixels, groups.All(g => g.Model.Classifier.ReadsClassTokenAlone));
    }

    private static Tensor Ordered(Tensor pixels, int[] images) =>
        images.SequenceEqual(Enumerable.Range(0, images.Length)) ? pixels : Ops.Concat(0, [.. images.Select(image => pixels.Slice(0, image, 1))]);

    private AdaptedModel Put(AdaptedModel model)
    {
        // A pass that names no adapters sees the bare backbone, whatever stands on it.
        if (model.Adapter is { } adapter)
        {
            adapter.Enabled = false;
        }

        _models = new Dictionary<string, AdaptedModel>(_models, StringComparer.Ordinal) { [model.Name] = model };
        return model;
    }

    private AdaptedModel Find(string name) => _models.TryGetValue(name, out AdaptedModel? model)
        ? model
        : throw new HkaFerException($"adapters: there is no adapter '{name}'; there are {string.Join(", ", _models.Keys.Order(StringComparer.Ordinal))}");

    private void CheckFree(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_models.ContainsKey(name))
        {
            throw new HkaFerException($"adapters: there is an adapter '{name}' already; remove it first, or give this one another name");
        }
    }

    private static void Check(string name, Adapter? adapter)
    {
        if (adapter is { IsMerged: true })
        {
            throw new HkaFerException($"adapters: '{name}' is merged into the backbone that all share; unmerge it");
        }
    }
}
