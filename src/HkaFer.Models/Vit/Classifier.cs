using System.Text.Json;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>A backbone and a linear head on its class token (equation 15).</summary>
public sealed class Classifier : Module
{
    /// <param name="backbone">Features.</param>
    /// <param name="labels">Class names, in the order of the logits.</param>
    /// <param name="pooling">What of the tokens the head reads.</param>
    public Classifier(VisionTransformer backbone, IReadOnlyList<string> labels, HeadPooling pooling = HeadPooling.ClassToken)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count < 2 || labels.Distinct(StringComparer.Ordinal).Count() != labels.Count)
        {
            throw new HkaFerException($"classifier: needs at least two labels, all different; got [{string.Join(", ", labels.Take(8))}{(labels.Count > 8 ? ", .." : "")}]");
        }

        Labels = labels;
        Backbone = Child("backbone", backbone);
        Head = Child("classifier", new ClassifierHead(backbone.Config.Width, labels.Count, pooling));
    }

    /// <summary>Class names, in the order of the logits.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Features.</summary>
    public VisionTransformer Backbone { get; }

    /// <summary>The head.</summary>
    public ClassifierHead Head { get; private set; }

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
        var head = new ClassifierHead(Backbone.Config.Width, Labels.Count, pooling);
        head.Weight.Trainable = Head.Weight.Trainable;
        head.Bias.Trainable = Head.Bias.Trainable;
        Replace(Head, head);
        Head = head;
    }

    /// <summary>[batch, channels, height, width] -> logits [batch, classes].</summary>
    public Tensor Forward(Tensor pixels) => Head.Forward(Head.Pool(Backbone.Forward(pixels), 1 + Backbone.Config.Registers));
}
