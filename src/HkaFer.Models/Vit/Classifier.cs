using System.Text.Json.Nodes;
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

    /// <summary>
    /// Writes <c>config.json</c> with the label names, and <c>model.safetensors</c>, as the hub lays out an image classifier. Adapters are part of it
    /// where they are merged.
    /// </summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="dtype">Element type of the file.</param>
    public void Save(string folder, DType dtype = DType.Float32)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        JsonObject config = Backbone.Config.ToJson();
        config["architectures"] = new JsonArray(Backbone.Config.Registers > 0 ? "Dinov2WithRegistersForImageClassification" : "Dinov2ForImageClassification");
        config["id2label"] = new JsonObject(Labels.Select((label, i) => KeyValuePair.Create($"{i}", (JsonNode?)label)));
        config["label2id"] = new JsonObject(Labels.Select((label, i) => KeyValuePair.Create(label, (JsonNode?)i)));
        CheckpointFolder.Save(folder, config, dtype,
        [
            .. Backbone.CheckpointTensors(dtype).Select(t => ($"{config["model_type"]}.{t.Name}", t.Tensor)),
            ("classifier.weight", Head.PublishedWeight().To(dtype)),
            ("classifier.bias", Head.Bias.Value.Detach().To(dtype)),
        ]);
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
