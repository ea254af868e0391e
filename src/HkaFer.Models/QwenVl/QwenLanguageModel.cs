using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>The language model: a causal transformer whose tokens are words and pieces of images.</summary>
public sealed class QwenLanguageModel : Module
{
    /// <summary>Declares the model; weights come from a checkpoint or <see cref="Module.Initialize"/>.</summary>
    public QwenLanguageModel(QwenTextConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check("qwen-vl text");
        Config = config;
        Embeddings = Declare("embed_tokens.weight", [config.Vocabulary, config.Width], Init.Normal(0.02));
        Blocks = Children("layers", config.Depth, _ => new QwenBlock(config));
        Norm = Child("norm", new RmsNorm(config.Width, config.NormEpsilon));
    }

    /// <summary>Sizes and options.</summary>
    public QwenTextConfig Config { get; }

    /// <summary><c>[vocabulary, d]</c>.</summary>
    public Parameter Embeddings { get; }

    /// <summary>The blocks, first to last.</summary>
    public IReadOnlyList<QwenBlock> Blocks { get; }

    /// <summary>After the last block.</summary>
    public RmsNorm Norm { get; }

    /// <summary>
    /// Whether training keeps one activation a block and computes the others again in the backward pass: the memory of one block instead of all, for
    /// about one more forward pass of time. No result changes.
    /// </summary>
    public bool ActivationCheckpointing { get; set; }

    /// <summary>The embeddings of tokens. -> [tokens, d].</summary>
    /// <exception cref="HkaFerException">An id is not in the vocabulary.</exception>
    public Tensor Embed(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            if (id < 0 || id >= Config.Vocabulary)
            {
                throw new HkaFerException($"qwen-vl: token {id} is not in the vocabulary; expected 0 to {Config.Vocabulary - 1} (is the tokenizer another model's?)");
            }
        }

        return Ops.Gather(Embeddings, ids);
    }

    /// <summary>Runs embedded tokens through all blocks.</summary>
    /// <param name="x"><c>[tokens, d]</c>.</param>
    /// <param name="positions">One a token.</param>
    /// <param name="cache">Holds the tokens before these and receives these, or none. Nothing is trained through it.</param>
    /// <returns><c>[tokens, d]</c>, normalised.</returns>
    public Tensor Forward(Tensor x, IReadOnlyList<QwenPosition> positions, QwenCache? cache = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(positions);
        QwenAngles angles = QwenAngles.OfText(Config, positions);
        for (int i = 0; i < Blocks.Count; i++)
        {
            int layer = i;
            Tensor Part(Tensor t) => Blocks[layer].Forward(t, angles, cache, layer);
            x = ActivationCheckpointing && cache is null ? Tape.Checkpoint(Part, x) : Tape.Local(Part, x);
        }

        cache?.Advance(positions.Count);
        return Norm.Forward(x);
    }
}
