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
        Text = Child("text_model", new ClipTextTransformer(config.Text));
        Vision = Child("vision_model", new ClipVisionTransformer(config.Vision));
        VisualProjection = Child("visual_projection", new Linear(config.Vision.Width, config.ProjectionWidth, bias: false));
        TextProjection = Child("text_projection", new Linear(config.Text.Width, config.ProjectionWidth, bias: false));
    }

    /// <summary>Sizes and options.</summary>
    public ClipConfig Config { get; }

    /// <summary>The image encoder.</summary>
    public ClipVisionTransformer Vision { get; }

    /// <summary>The text encoder.</summary>
    public ClipTextTransformer Text { get; }

    /// <summary>Image features into the shared space.</summary>
    public Linear VisualProjection { get; }

    /// <summary>Text features into the shared space.</summary>
    public Linear TextProjection { get; }

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
        unused = model.Load(checkpoint);
        return model;
    }

    /// <summary>Images into the shared space, of length one. [batch, channels, size, size] -> [batch, projection].</summary>
    public Tensor EncodeImages(Tensor pixels) => Normalize(VisualProjection.Forward(Vision.Pool(Vision.Forward(pixels))));

    /// <summary>Texts into the shared space, of length one.</summary>
    /// <param name="ids">Token ids, one row a text, all of one length.</param>
    /// <returns><c>[texts, projection]</c>.</returns>
    public Tensor EncodeTexts(IReadOnlyList<int[]> ids) =>
        Normalize(TextProjection.Forward(Text.Pool(Text.Encode(Text.Embed(ids)), ids)));

    /// <summary>Logits of every image for every text: scaled cosines.</summary>
    /// <param name="images"><c>[batch, projection]</c> of <see cref="EncodeImages"/>.</param>
    /// <param name="texts"><c>[texts, projection]</c> of <see cref="EncodeTexts"/>.</param>
    /// <param name="temperature">What cosines are divided by; the model's own exp(-logit_scale) where not given.</param>
    /// <returns><c>[batch, texts]</c>.</returns>
    public Tensor Logits(Tensor images, Tensor texts, double? temperature = null) =>
        Ops.Scale(Ops.Linear(images, texts), temperature is { } t ? 1 / t : Math.Exp(LogitScale.Value.Item()));

    /// <summary>Rows of length one: with a gain of 1 / sqrt(width), the root-mean-square norm is the Euclidean one.</summary>
    private static Tensor Normalize(Tensor x) => Ops.RmsNorm(x, Tensor.Full([x.Shape[-1]], 1 / Math.Sqrt(x.Shape[-1]), x.DType), 0);
}
