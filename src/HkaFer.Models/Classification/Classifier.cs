using System.Text.Json.Nodes;
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

    /// <summary>
    /// Writes <c>config.json</c> with the label names, and <c>model.safetensors</c>, as the hub lays out an image classifier. Adapters are part of it
    /// where they are merged.
    /// </summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="dtype">Element type of the file.</param>
    /// <param name="cancel">Stops between tensors; nothing half written is left.</param>
    /// <exception cref="HkaFerException">The backbone is of a family that has no such published form.</exception>
    public void Save(string folder, DType dtype = DType.Float32, CancellationToken cancel = default)
    {
        VisionTransformer backbone = Backbone as VisionTransformer
            ?? throw new HkaFerException("classifier: the hub has no layout for a head on the class token of CLIP; keep the adapter's form");
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        JsonObject config = backbone.Config.ToJson();
        config["architectures"] = new JsonArray(backbone.Config.Registers > 0 ? "Dinov2WithRegistersForImageClassification" : "Dinov2ForImageClassification");
        config["id2label"] = new JsonObject(Labels.Select((label, i) => KeyValuePair.Create($"{i}", (JsonNode?)label)));
        config["label2id"] = new JsonObject(Labels.Select((label, i) => KeyValuePair.Create(label, (JsonNode?)i)));
        CheckpointFolder.Save(folder, config, dtype,
        [
            .. Backbone.CheckpointTensors(dtype).Select(t => ($"{config["model_type"]}.{t.Name}", t.Tensor)),
            ("classifier.weight", Head.PublishedWeight().To(dtype)),
            ("classifier.bias", Head.Bias.Value.Detach().To(dtype)),
        ], cancel);
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
    public override bool ReadsClassTokenAlone => Head.Pooling == HeadPooling.ClassToken;

    /// <inheritdoc/>
    public override Tensor Classify(Tensor tokens) => Head.Forward(Head.Pool(tokens, Backbone.PatchesFrom));
}
