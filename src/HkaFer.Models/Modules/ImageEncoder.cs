using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>A backbone that turns images into tokens: what classifiers stand on and adapters change.</summary>
public abstract class ImageEncoder : Module, IAdaptable
{
    /// <inheritdoc/>
    public abstract int Width { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> DefaultTargets { get; }

    /// <summary>
    /// Tokens that the last block computes where the class token alone is read: more than the 32 rows up to which products take another order of addition, so that
    /// the class token has the same bits, in a batch of one picture too. (Beside bfloat16 weights the library chooses orders by shapes; only rounding differs.)
    /// </summary>
    internal const int LastTokens = 36;

    /// <summary>Side in pixels of the images that the positions are stored for.</summary>
    public abstract int ImageSize { get; }

    /// <summary>Index of the first patch among the tokens.</summary>
    public abstract int PatchesFrom { get; }

    /// <summary>Its blocks, first to last: the layers that a layer-wise decay of the learning rate counts.</summary>
    public abstract IReadOnlyList<Module> Layers { get; }

    /// <summary>Parameters that receive no gradient whatever is trained.</summary>
    public virtual IEnumerable<Parameter> Idle => [];

    /// <summary>
    /// Whether training keeps one activation a block and computes the others again in the backward pass: the memory of one block instead of all, for
    /// about one more forward pass of time. No result changes.
    /// </summary>
    public bool ActivationCheckpointing { get; set; }

    /// <summary>Tensors of the checkpoint that it was loaded from which no part of the model has a place for; they were left out.</summary>
    public IReadOnlyList<string> LeftOver { get; internal set; } = [];

    /// <summary>What decides beside the weights what it computes, by the names of <c>config.json</c>: two checkpoints with equal weights may differ in it.</summary>
    public abstract JsonObject Settings();

    /// <summary>Loads the image encoder of a checkpoint folder: DINOv2's form or CLIP's, as its <c>config.json</c> says.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <exception cref="HkaFerException">A file or tensor is missing or does not fit; the message names it.</exception>
    public static ImageEncoder LoadFolder(string folder) =>
        ClipImageEncoder.IsIn(folder) ? ClipImageEncoder.Load(folder, out _) : VisionTransformer.Load(folder);

    /// <summary>Normalised tokens.</summary>
    /// <param name="pixels"><c>[batch, channels, height, width]</c>.</param>
    /// <param name="classTokenAlone">
    /// For who reads no other token: then the last block computes no attention output, projection or MLP of most others, by count an eighteenth of twelve blocks at
    /// 257 tokens, forward and backward. The class token is the same: to the bit in float32, to rounding beside bfloat16 weights.
    /// </param>
    /// <returns><c>[batch, tokens, d]</c>, token 0 the class token; or it alone, <c>[batch, 1, d]</c>.</returns>
    public abstract Tensor Encode(Tensor pixels, bool classTokenAlone = false);

    /// <summary>Writes the encoder as a hub folder.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="dtype">Element type of the file.</param>
    /// <param name="cancel">Stops between tensors; nothing half written is left.</param>
    public abstract void Save(string folder, DType dtype = DType.Float32, CancellationToken cancel = default);
}
