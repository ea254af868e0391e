using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>CLIP's text encoder with its projection into the space that images and texts share.</summary>
public sealed class ClipTextEncoder : Module
{
    /// <summary>Declares the model; weights come from <see cref="Load(string)"/> or <see cref="Module.Initialize"/>.</summary>
    /// <param name="config">Sizes and options of the transformer.</param>
    /// <param name="projectionWidth">Width of the shared space.</param>
    public ClipTextEncoder(ClipTextConfig config, int projectionWidth)
    {
        ArgumentNullException.ThrowIfNull(config);
        Text = Child("text_model", new ClipTextTransformer(config));
        Projection = Child("text_projection", new Linear(config.Width, projectionWidth, bias: false));
    }

    /// <summary>The transformer.</summary>
    public ClipTextTransformer Text { get; }

    /// <summary>Text features into the shared space.</summary>
    public Linear Projection { get; }

    /// <summary>Whether a folder holds a whole CLIP checkpoint, whose text encoder this is.</summary>
    public static bool IsIn(string folder) => ClipConfig.TypeIn(folder) == ClipConfig.Whole;

    /// <summary>Loads the text encoder of a folder that holds a whole CLIP model.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <exception cref="HkaFerException">A file or tensor is missing or does not fit; the message names it.</exception>
    public static ClipTextEncoder Load(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        ClipConfig config = ClipConfig.Parse(CheckpointFolder.ReadJson(path), path);
        var model = new ClipTextEncoder(config.Text, config.ProjectionWidth);
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        model.Load(checkpoint);
        return model;
    }

    /// <summary>Texts into the shared space, of length one.</summary>
    /// <param name="ids">Token ids, one row a text, all of one length.</param>
    /// <returns><c>[texts, projection]</c>.</returns>
    public Tensor Embed(IReadOnlyList<int[]> ids) => Embed(Text.Embed(ids), ids);

    /// <summary>As <see cref="Embed(IReadOnlyList{int[]})"/>, from embeddings of the tokens that were changed on the way.</summary>
    /// <param name="tokens"><c>[texts, tokens, d]</c>, without positions.</param>
    /// <param name="ids">Token ids, which say where each text ends.</param>
    /// <returns><c>[texts, projection]</c>.</returns>
    public Tensor Embed(Tensor tokens, IReadOnlyList<int[]> ids) =>
        ClipModel.Normalize(Projection.Forward(Text.Pool(Text.Encode(tokens), ids)));
}
