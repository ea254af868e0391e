using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>CLIP's text encoder: each token sees those before it, and the end token's feature is the text's.</summary>
public sealed class ClipTextTransformer : Module
{
    /// <summary>The value of <c>eos_token_id</c> that the first releases have by an error.</summary>
    private const int LargestId = 2;

    /// <summary>Declares the model; weights come from a checkpoint or <see cref="Module.Initialize"/>.</summary>
    public ClipTextTransformer(ClipTextConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check("clip text");
        Config = config;
        Tokens = Declare("embeddings.token_embedding.weight", [config.Vocabulary, config.Width], Init.Normal(0.02));
        Positions = Declare("embeddings.position_embedding.weight", [config.Context, config.Width], Init.Normal(0.02));
        Blocks = Children("encoder.layers", config.Depth, _ => new ClipBlock(config));
        FinalNorm = Child("final_layer_norm", new LayerNorm(config.Width, config.NormEpsilon));
    }

    /// <summary>Sizes and options.</summary>
    public ClipTextConfig Config { get; }

    /// <summary><c>[vocabulary, d]</c>.</summary>
    public Parameter Tokens { get; }

    /// <summary><c>[context, d]</c>.</summary>
    public Parameter Positions { get; }

    /// <summary>The blocks, first to last.</summary>
    public IReadOnlyList<ClipBlock> Blocks { get; }

    /// <summary>After the last block.</summary>
    public LayerNorm FinalNorm { get; }

    /// <summary>The embeddings of texts, without positions: what learnable context is put into.</summary>
    /// <param name="ids">Token ids, one row a text, all of one length.</param>
    /// <returns><c>[texts, tokens, d]</c>.</returns>
    /// <exception cref="HkaFerException">An id is not in the vocabulary, or lengths differ or exceed the context.</exception>
    public Tensor Embed(IReadOnlyList<int[]> ids)
    {
        CheckIds(ids);
        Tensor table = Tokens;
        Tensor rows = Ops.Concat(0, [.. ids.SelectMany(row => row).Select(id => table.Slice(0, id, 1))]);
        return rows.Reshape(ids.Count, ids[0].Length, Config.Width);
    }

    /// <summary>Encodes embedded texts.</summary>
    /// <param name="embeddings"><c>[texts, tokens, d]</c>, without positions.</param>
    /// <returns><c>[texts, tokens, d]</c>, normalised.</returns>
    public Tensor Encode(Tensor embeddings)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        Tensor positions = Positions;
        Tensor x = Ops.AddBroadcast(embeddings, positions.Slice(0, 0, embeddings.Shape[1]));
        foreach (ClipBlock block in Blocks)
        {
            x = Tape.Local(t => block.Forward(t, causal: true), x);
        }

        return FinalNorm.Forward(x);
    }

    /// <summary>The texts' features: each at the first end token.</summary>
    /// <param name="tokens"><c>[texts, tokens, d]</c>, from <see cref="Encode"/>.</param>
    /// <param name="ids">The texts' token ids.</param>
    /// <returns><c>[texts, d]</c>.</returns>
    /// <exception cref="HkaFerException">A text has no end token.</exception>
    public Tensor Pool(Tensor tokens, IReadOnlyList<int[]> ids)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        CheckIds(ids);
        return Ops.Concat(0, [.. ids.Select((row, i) => tokens.Select(0, i).Slice(0, EndOf(row, i), 1))]);
    }

    /// <summary>The place of the end token at which a text's feature is read.</summary>
    internal int EndOf(int[] row, int text)
    {
        int at = Array.IndexOf(row, Config.EndToken == LargestId ? row.Max() : Config.EndToken);
        return at >= 0 ? at : throw new HkaFerException($"clip: text {text} has no end token {Config.EndToken}; end every text with it");
    }

    private void CheckIds(IReadOnlyList<int[]> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int length = ids.Count == 0 ? 0 : ids[0].Length;
        if (length < 1 || length > Config.Context || ids.Any(row => row.Length != length))
        {
            throw new HkaFerException($"clip: texts have {string.Join(", ", ids.Select(row => row.Length).Distinct().Take(4))} tokens; expected at least one text and one length from 1 to {Config.Context} for all");
        }

        if (ids.SelectMany(row => row).Where(id => id < 0 || id >= Config.Vocabulary).Cast<int?>().FirstOrDefault() is { } unknown)
        {
            throw new HkaFerException($"clip: token {unknown} is not in the vocabulary; expected 0 to {Config.Vocabulary - 1}");
        }
    }
}
