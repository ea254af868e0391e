using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>CLIP's image encoder with its projection into the space that images and texts share.</summary>
public sealed class ClipImageEncoder : ImageEncoder
{
    private readonly int _projectionWidth;

    /// <summary>Declares the model; weights come from <see cref="Load(string, out IReadOnlyList{string})"/> or <see cref="Module.Initialize"/>.</summary>
    /// <param name="config">Sizes and options of the transformer.</param>
    /// <param name="projectionWidth">Width of the shared space.</param>
    public ClipImageEncoder(ClipVisionConfig config, int projectionWidth)
    {
        ArgumentNullException.ThrowIfNull(config);
        _projectionWidth = projectionWidth;
        Vision = Child("vision_model", new ClipVisionTransformer(config));
        Projection = Child("visual_projection", new Linear(config.Width, projectionWidth, bias: false));
    }

    /// <summary>The transformer.</summary>
    public ClipVisionTransformer Vision { get; }

    /// <summary>Image features into the shared space.</summary>
    public Linear Projection { get; }

    /// <inheritdoc/>
    public override int Width => Vision.Width;

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultTargets => Vision.DefaultTargets;

    /// <inheritdoc/>
    public override int ImageSize => Vision.Config.ImageSize;

    /// <inheritdoc/>
    public override int PatchesFrom => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<Module> Layers => Vision.Blocks;

    /// <summary>Whether a folder holds a checkpoint of CLIP, whole or its image encoder.</summary>
    public static bool IsIn(string folder) => ClipConfig.TypeIn(folder) is ClipConfig.Whole or ClipConfig.VisionAlone;

    /// <summary>Declares the image encoder that a <c>config.json</c> describes, of a whole model or alone, without weights.</summary>
    /// <param name="json">The parsed file.</param>
    /// <param name="where">Its path, for messages.</param>
    /// <exception cref="HkaFerException">It describes another kind of model, or a value is impossible.</exception>
    public static ClipImageEncoder Declare(JsonElement json, string where) =>
        new(ClipConfig.ParseVision(json, where), ClipConfig.ParseProjection(json, where));

    /// <summary>Loads the image encoder of a folder that holds it with its projection, or of one that holds a whole CLIP model.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <param name="unused">Tensors of the checkpoint that the encoder has no place for: the text encoder's.</param>
    /// <exception cref="HkaFerException">A file or tensor is missing or does not fit; the message names it.</exception>
    public static ClipImageEncoder Load(string folder, out IReadOnlyList<string> unused)
    {
        string path = Path.Combine(folder, "config.json");
        ClipImageEncoder model = Declare(CheckpointFolder.ReadJson(path), path);
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        IReadOnlyList<string> beside = model.Vision.Load(checkpoint, "vision_model.");
        unused = [.. beside.Intersect(model.Projection.Load(checkpoint, "visual_projection."), StringComparer.Ordinal)];
        model.LeftOver = [.. unused.Where(name => !IsOfTexts(name))];
        return model;
    }

    /// <inheritdoc/>
    public override JsonObject Settings()
    {
        JsonObject all = Vision.Config.ToJson();
        return new JsonObject(((string[])["num_attention_heads", "hidden_act", "patch_size", "image_size", "layer_norm_eps"]).Select(key => KeyValuePair.Create(key, all[key]?.DeepClone())));
    }

    /// <summary>Whether a tensor of a whole CLIP belongs to its text encoder, or to both.</summary>
    private static bool IsOfTexts(string name) => name is "logit_scale" or "text_projection.weight" || name.StartsWith("text_model.", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override Tensor Encode(Tensor pixels, bool classTokenAlone = false) =>
        Vision.PostNorm.Forward(Vision.Forward(pixels, ActivationCheckpointing, classTokenAlone));

    /// <summary>Images into the shared space, of length one. [batch, channels, size, size] -> [batch, projection].</summary>
    public Tensor Embed(Tensor pixels) => Project(Encode(pixels, classTokenAlone: true));

    /// <summary>Normalised tokens, as <see cref="Encode"/> gives them, into the shared space, of length one. [batch, tokens, d] -> [batch, projection].</summary>
    public Tensor Project(Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return ClipModel.Normalize(Projection.Forward(tokens.Select(1, 0)));
    }

    /// <summary>Writes the encoder and its projection as the hub's <c>CLIPVisionModelWithProjection</c>; the text encoder is not in it.</summary>
    /// <inheritdoc/>
    public override void Save(string folder, DType dtype = DType.Float32, CancellationToken cancel = default)
    {
        JsonObject json = Vision.Config.ToJson();
        json["projection_dim"] = _projectionWidth;
        CheckpointFolder.Save(folder, json, dtype, this.CheckpointTensors(dtype), cancel);
    }
}
