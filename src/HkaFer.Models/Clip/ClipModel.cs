using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>CLIP: an image and a text encoder with one space of features (Radford et al. 2021).</summary>
public sealed class ClipModel : Module
{
    /// <summary>Declares the model; weights come from <see cref="Load(string, out IReadOnlyList{string})"/> or <see cref="Module.Initialize"/>.</summary>
    public ClipModel(ClipConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        LogitScale = Declare("logit_scale", [], Init.Constant(config.LogitScale));
        Texts = Child("", new ClipTextEncoder(config.Text, config.ProjectionWidth));
        Images = Child("", new ClipImageEncoder(config.Vision, config.ProjectionWidth));
    }

    /// <summary>Sizes and options.</summary>
    public ClipConfig Config { get; }

    /// <summary>The image encoder with its projection.</summary>
    public ClipImageEncoder Images { get; }

    /// <summary>The text encoder with its projection.</summary>
    public ClipTextEncoder Texts { get; }

    /// <summary>The image encoder's transformer.</summary>
    public ClipVisionTransformer Vision => Images.Vision;

    /// <summary>The text encoder's transformer.</summary>
    public ClipTextTransformer Text => Texts.Text;

    /// <summary>Logarithm of the factor from cosines to logits, a scalar.</summary>
    public Parameter LogitScale { get; }

    /// <summary>Loads a folder as the hub lays it out.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <param name="unused">Tensors of the checkpoint that the model has no place for (position ids, in older files).</param>
    /// <exception cref="HkaFerException">A file or tensor is missing or does not fit; the message names it.</exception>
    public static ClipModel Load(string folder, out IReadOnlyList<string> unused)
    {
        string path = Path.Combine(folder, "config.json");
        var model = new ClipModel(ClipConfig.Parse(CheckpointFolder.ReadJson(path), path));
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        model.Images.LeftOver = unused = model.Load(checkpoint);
        return model;
    }

    /// <summary>Writes the model as a hub folder; the tokenizer's files are not in it.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="dtype">Element type of the file.</param>
    /// <param name="cancel">Stops between tensors; nothing half written is left.</param>
    public void Save(string folder, DType dtype = DType.Float32, CancellationToken cancel = default) =>
        CheckpointFolder.Save(folder, Config.ToJson(), dtype, this.CheckpointTensors(dtype), cancel);

    /// <summary>Images into the shared space, of length one. [batch, channels, size, size] -> [batch, projection].</summary>
    public Tensor EncodeImages(Tensor pixels) => Images.Embed(pixels);

    /// <summary>Texts into the shared space, of length one.</summary>
    /// <param name="ids">Token ids, one row a text, all of one length.</param>
    /// <returns><c>[texts, projection]</c>.</returns>
    public Tensor EncodeTexts(IReadOnlyList<int[]> ids) => Texts.Embed(ids);

    /// <summary>Logits of every image for every text: scaled cosines.</summary>
    /// <param name="images"><c>[batch, projection]</c> of <see cref="EncodeImages"/>.</param>
    /// <param name="texts"><c>[texts, projection]</c> of <see cref="EncodeTexts"/>.</param>
    /// <param name="temperature">What cosines are divided by; the model's own exp(-logit_scale) where not given.</param>
    /// <returns><c>[batch, texts]</c>.</returns>
    public Tensor Logits(Tensor images, Tensor texts, double? temperature = null) =>
        Ops.Scale(Ops.Linear(images, texts), temperature is { } t ? 1 / t : Math.Exp(LogitScale.Value.Item()));

    /// <summary>Rows of length one: with a gain of 1 / sqrt(width), the root-mean-square norm is the Euclidean one.</summary>
    internal static Tensor Normalize(Tensor x) => Ops.RmsNorm(x, Tensor.Full([x.Shape[-1]], 1 / Math.Sqrt(x.Shape[-1]), x.DType), 0);
}
