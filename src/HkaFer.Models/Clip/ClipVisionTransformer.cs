using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>CLIP's image encoder (Radford et al. 2021).</summary>
public sealed class ClipVisionTransformer : Module, IAdaptable
{
    /// <summary>Declares the model; weights come from a checkpoint or <see cref="Module.Initialize"/>.</summary>
    public ClipVisionTransformer(ClipVisionConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check("clip vision");
        Config = config;
        ClassEmbedding = Declare("embeddings.class_embedding", [config.Width], Init.Normal(0.02));
        PatchWeight = Declare("embeddings.patch_embedding.weight", [config.Width, config.Channels, config.Patch, config.Patch], Init.Normal(0.02));
        Positions = Declare("embeddings.position_embedding.weight", [1 + (config.Grid * config.Grid), config.Width], Init.Normal(0.02));

        // The checkpoints' own spelling.
        PreNorm = Child("pre_layrnorm", new LayerNorm(config.Width, config.NormEpsilon));
        Blocks = Children("encoder.layers", config.Depth, _ => new ClipBlock(config));
        PostNorm = Child("post_layernorm", new LayerNorm(config.Width, config.NormEpsilon));
    }

    /// <summary>Sizes and options.</summary>
    public ClipVisionConfig Config { get; }

    /// <inheritdoc/>
    public int Width => Config.Width;

    /// <summary>attn.out_proj, mlp.fc1, mlp.fc2 of every block; queries, keys and values are adapted apart when named.</summary>
    public IReadOnlyList<string> DefaultTargets { get; } = ["attn.out_proj", "mlp.fc1", "mlp.fc2"];

    /// <summary><c>[d]</c>.</summary>
    public Parameter ClassEmbedding { get; }

    /// <summary><c>[d, channels, patch, patch]</c>; there is no bias.</summary>
    public Parameter PatchWeight { get; }

    /// <summary><c>[1 + grid^2, d]</c>.</summary>
    public Parameter Positions { get; }

    /// <summary>Before the first block.</summary>
    public LayerNorm PreNorm { get; }

    /// <summary>The blocks, first to last.</summary>
    public IReadOnlyList<ClipBlock> Blocks { get; }

    /// <summary>On the class token after the last block.</summary>
    public LayerNorm PostNorm { get; }

    /// <summary>Loads the image encoder of a folder that holds it alone, or of one that holds a whole CLIP model.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <param name="unused">Tensors of the checkpoint that the encoder has no place for.</param>
    /// <exception cref="HkaFerException">A file or tensor is missing or does not fit; the message names it.</exception>
    public static ClipVisionTransformer Load(string folder, out IReadOnlyList<string> unused)
    {
        string path = Path.Combine(folder, "config.json");
        var model = new ClipVisionTransformer(ClipConfig.ParseVision(CheckpointFolder.ReadJson(path), path));
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        unused = model.Load(checkpoint, "vision_model.");
        return model;
    }

    /// <summary>Tokens after the last block, not yet normalised.</summary>
    /// <param name="pixels"><c>[batch, channels, size, size]</c>, normalised; positions are not resized.</param>
    /// <param name="checkpointing">Whether a step keeps one activation a block: see <see cref="ImageEncoder.ActivationCheckpointing"/>.</param>
    /// <param name="classTokenAlone">For who reads no other token: see <see cref="ImageEncoder.Encode"/>.</param>
    /// <returns><c>[batch, 1 + patches, d]</c>, token 0 the class token; or it alone, <c>[batch, 1, d]</c>.</returns>
    /// <exception cref="HkaFerException">The images have another size than the model's.</exception>
    public Tensor Forward(Tensor pixels, bool checkpointing = false, bool classTokenAlone = false)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        Tensor patches = Ops.PatchEmbedding(pixels, PatchWeight, null);
        if (patches.Shape[1] != Positions.Shape[0] - 1 || pixels.Shape[2] != pixels.Shape[3])
        {
            throw new HkaFerException(
                $"clip: image is {pixels.Shape[3]} x {pixels.Shape[2]}; expected {Config.Grid * Config.Patch} x {Config.Grid * Config.Patch}; resize it in the preprocessing");
        }

        Tensor cls = Ops.Expand(ClassEmbedding, [pixels.Shape[0], 1, Width]);
        Tensor x = PreNorm.Forward(Ops.AddBroadcast(Ops.Concat(1, cls, patches), Positions));
        bool shortened = classTokenAlone && x.Shape[1] > ImageEncoder.LastTokens;
        foreach (ClipBlock block in Blocks)
        {
            Tensor Run(Tensor t) => shortened && block == Blocks[^1] ? block.ForwardFirst(t, ImageEncoder.LastTokens) : block.Forward(t, causal: false);
            x = checkpointing ? Tape.Checkpoint(Run, x) : Tape.Local(Run, x);
        }

        return classTokenAlone ? x.Slice(1, 0, 1) : x;
    }

    /// <summary>The image's feature: the class token, normalised. [batch, tokens, d] -> [batch, d].</summary>
    public Tensor Pool(Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return PostNorm.Forward(tokens.Select(1, 0));
    }
}
