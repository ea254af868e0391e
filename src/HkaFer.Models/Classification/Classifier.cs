using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>A backbone and a linear head on its class token (equation 15).</summary>
public sealed class Classifier : ImageClassifier
{
    private ClassifierHead _head;

    /// <param name="backbone">Features.</param>
    /// <param name="labels">Class names, in the order of the logits.</param>
    /// <param name="pooling">What of the tokens the head reads.</param>
    public Classifier(ImageEncoder backbone, IReadOnlyList<string> labels, HeadPooling pooling = HeadPooling.ClassToken)
        : base(labels)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        Backbone = Child("backbone", backbone);
        _head = Child("classifier", new ClassifierHead(backbone.Width, labels.Count, pooling));
    }

    /// <inheritdoc/>
    public override ImageEncoder Backbone { get; }

    /// <inheritdoc/>
    public override ClassifierHead Head => _head;

    /// <summary>Loads a folder of the hub that holds an image classifier: backbone, head on class token and mean of patches, label names.</summary>
    /// <param name="folder">Holds <c>config.json</c> with <c>id2label</c>, and the weights.</param>
    /// <exception cref="HkaFerException">A file or tensor is missing or does not fit; the message names it.</exception>
    public static Classifier Load(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        IReadOnlyList<string> labels = new ConfigReader(CheckpointFolder.ReadJson(path), path).Labels("id2label");
        var model = new Classifier(VisionTransformer.Load(folder), labels, HeadPooling.ClassTokenAndPatchMean);
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        model.Head.Load(checkpoint, "classifier.");
        return model;
    }

    /// <summary>Puts a new head without values, with the trainability of the old one, in the place of the head.</summary>
    /// <param name="pooling">What of the tokens it reads.</param>
    public void ReplaceHead(HeadPooling pooling)
    {
        var head = new ClassifierHead(Backbone.Width, Labels.Count, pooling);
        head.Weight.Trainable = Head.Weight.Trainable;
        head.Bias.Trainable = Head.Bias.Trainable;
        Replace(_head, head);
        _head = head;
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor pixels) => Head.Forward(Head.Pool(Backbone.Encode(pixels), Backbone.PatchesFrom));
}
