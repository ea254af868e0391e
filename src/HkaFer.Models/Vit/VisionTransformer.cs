using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>A vision transformer in the DINOv2 form (Oquab et al. 2023), of any width, depth, patch and image size.</summary>
public sealed class VisionTransformer : ImageEncoder
{
    /// <summary>What may stand before the names of a checkpoint.</summary>
    internal static readonly string[] s_prefixes = ["dinov2.", "dinov2_with_registers."];

    /// <summary>Declares the model; weights come from <see cref="Load(string)"/> or <see cref="Module.Initialize"/>.</summary>
    public VisionTransformer(VitConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check("vit");
        Config = config;
        Embeddings = Child("embeddings", new Embeddings(config));
        Blocks = Children("encoder.layer", config.Depth, _ => new Block(config));
        Norm = Child("layernorm", new LayerNorm(config.Width, config.NormEpsilon));
    }

    /// <summary>Sizes and options.</summary>
    public VitConfig Config { get; }

    /// <inheritdoc/>
    public override int Width => Config.Width;

    /// <summary>The layers that the paper adapts: attn.qkv, attn.proj, mlp.fc1, mlp.fc2 (weights_in, weights_out in a SwiGLU).</summary>
    public override IReadOnlyList<string> DefaultTargets { get; } = ["qkv", "proj", "fc1", "fc2"];

    /// <inheritdoc/>
    public override int ImageSize => Config.ImageSize;

    /// <inheritdoc/>
    public override int PatchesFrom => 1 + Config.Registers;

    /// <inheritdoc/>
    public override IReadOnlyList<Module> Layers => Blocks;

    /// <summary>The mask token.</summary>
    public override IEnumerable<Parameter> Idle => Embeddings.MaskToken is { } mask ? [mask] : [];

    /// <summary>Pixels to tokens.</summary>
    public Embeddings Embeddings { get; }

    /// <summary>The blocks, first to last.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>After the last block.</summary>
    public LayerNorm Norm { get; }

    /// <summary>Loads a folder as the hub lays it out.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <exception cref="HkaFerException">A file or tensor is missing or does not fit; the message names it.</exception>
    public static VisionTransformer Load(string folder) => Load(folder, out _);

    /// <summary>As <see cref="Load(string)"/>.</summary>
    /// <param name="folder">Holds <c>config.json</c> and the weights.</param>
    /// <param name="unused">Tensors of the checkpoint that the model has no place for (a classifier, say).</param>
    public static VisionTransformer Load(string folder, out IReadOnlyList<string> unused)
    {
        using CheckpointFolder checkpoint = OpenWithConfig(folder, out VitConfig config);

        // Some releases dropped the unused mask token without saying so in the config.
        bool mask = config.MaskToken && s_prefixes.Append("").Any(prefix => checkpoint.Contains($"{prefix}embeddings.mask_token"));
        var model = new VisionTransformer(config with { MaskToken = mask });
        model.LeftOver = unused = model.Load(checkpoint, s_prefixes);
        return model;
    }

    /// <inheritdoc/>
    public override JsonObject Settings()
    {
        JsonObject all = Config.ToJson();
        return new JsonObject(((string[])["model_type", "num_attention_heads", "hidden_act", "patch_size", "image_size", "use_swiglu_ffn", "layer_norm_eps", "num_register_tokens"])
            .Select(key => KeyValuePair.Create(key, all[key]?.DeepClone())));
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="dtype">Element type of the file.</param>
    /// <param name="cancel">Stops between tensors; nothing half written is left.</param>
    public override void Save(string folder, DType dtype = DType.Float32, CancellationToken cancel = default)
    {
        CheckpointFolder.Save(folder, Config.ToJson(), dtype, this.CheckpointTensors(dtype), cancel);
    }

    /// <inheritdoc/>
    public override Tensor Encode(Tensor pixels, bool classTokenAlone = false)
    {
        Tensor x = Embeddings.Forward(pixels);
        bool shortened = classTokenAlone && x.Shape[1] > LastTokens;
        foreach (Block block in Blocks)
        {
            x = shortened && block == Blocks[^1] ? Run(x => block.ForwardFirst(x, LastTokens), x) : Run(block.Forward, x);
        }

        return Norm.Forward(classTokenAlone ? x.Slice(1, 0, 1) : x);
    }

    /// <summary>Tokens after the final norm.</summary>
    /// <param name="pixels"><c>[batch, channels, height, width]</c>, normalised; height and width are multiples of the patch.</param>
    /// <param name="hidden">Takes the embedding and each block's output, where given.</param>
    /// <returns><c>[batch, 1 + registers + patches, d]</c>; token 0 is the class token.</returns>
    public Tensor Forward(Tensor pixels, IList<Tensor>? hidden = null)
    {
        if (hidden is null)
        {
            return Encode(pixels);
        }

        Tensor x = Embeddings.Forward(pixels);
        hidden.Add(x);
        foreach (Block block in Blocks)
        {
            x = block.Forward(x);
            hidden.Add(x);
        }

        return Norm.Forward(x);
    }

    /// <summary>Tokens after the final norm of a picture of which only a part is seen; the rest costs nothing but its embedding.</summary>
    /// <param name="pixels">As <see cref="Forward(Tensor, IList{Tensor}?)"/> takes them.</param>
    /// <param name="visible">Which patches are seen.</param>
    /// <returns><c>[batch, 1 + registers + visible, d]</c>; token 0 is the class token.</returns>
    public Tensor Forward(Tensor pixels, PatchMask visible)
    {
        Tensor x = Embeddings.Forward(pixels, visible);
        foreach (Block block in Blocks)
        {
            x = Run(block.Forward, x);
        }

        return Norm.Forward(x);
    }

    private Tensor Run(Func<Tensor, Tensor> block, Tensor x) => ActivationCheckpointing ? Tape.Checkpoint(block, x) : Tape.Local(block, x);

    private static CheckpointFolder OpenWithConfig(string folder, out VitConfig config)
    {
        string path = Path.Combine(folder, "config.json");
        config = VitConfig.Parse(CheckpointFolder.ReadJson(path), path);
        return CheckpointFolder.Open(folder);
    }
}
