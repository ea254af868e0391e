using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>The texts that stand for each class, and the class embeddings that the frozen text encoder makes of them.</summary>
public sealed class ClipClassTexts
{
    private readonly ClipTextEncoder _encoder;
    private readonly int[][] _ids;
    private readonly int[] _classOf;
    private Tensor? _tokens;

    /// <summary>Takes texts over.</summary>
    /// <param name="encoder">The text encoder; frozen from now on.</param>
    /// <param name="ids">Token ids of each class's texts, from the start token to the end token; padding may follow.</param>
    /// <exception cref="HkaFerException">A class has no text, or a text does not fit the encoder.</exception>
    public ClipClassTexts(ClipTextEncoder encoder, IReadOnlyList<IReadOnlyList<int[]>> ids)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Any(texts => texts.Count == 0))
        {
            throw new HkaFerException("clip: a class has no text; give at least one phrase a class");
        }

        _encoder = encoder;
        encoder.SetTrainable(false);
        Classes = ids.Count;
        _classOf = [.. ids.SelectMany((texts, i) => texts.Select(_ => i))];
        _ids = Align([.. ids.SelectMany(texts => texts)]);
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Width of the text encoder, that of learnable context.</summary>
    public int Width => _encoder.Text.Config.Width;

    /// <summary>All texts' token ids, class by class, all of one length.</summary>
    public IReadOnlyList<int[]> Ids => _ids;

    /// <summary>The encoder.</summary>
    public ClipTextEncoder Encoder => _encoder;

    /// <summary>Class embeddings of length one: the mean of a class's texts where it has several.</summary>
    /// <returns><c>[classes, projection]</c>.</returns>
    public Tensor Embed() => Average(_encoder.Embed(_ids));

    /// <summary>As <see cref="Embed()"/>, of embeddings that were computed before.</summary>
    /// <param name="texts"><c>[texts, projection]</c>, one row a text.</param>
    public Tensor Average(Tensor texts)
    {
        if (_ids.Length == Classes)
        {
            return texts;
        }

        var shares = new float[Classes * _ids.Length];
        for (int i = 0; i < _ids.Length; i++)
        {
            shares[(_classOf[i] * _ids.Length) + i] = 1f / _classOf.Count(c => c == _classOf[i]);
        }

        return ClipModel.Normalize(Ops.MatMul(Tensor.From(shares, [Classes, _ids.Length]).To(texts.DType), texts));
    }

    /// <summary>Class embeddings with vectors of their own between the start token and the text.</summary>
    /// <param name="context"><c>[classes, tokens, d]</c>, or <c>[tokens, d]</c> for all classes; gradients reach it.</param>
    /// <returns><c>[classes, projection]</c>.</returns>
    /// <exception cref="HkaFerException">The longest text with the context is longer than the encoder allows.</exception>
    public Tensor Embed(Tensor context)
    {
        ArgumentNullException.ThrowIfNull(context);
        int added = context.Shape[-2], texts = _ids.Length, length = _ids[0].Length;
        Tensor each = context.Shape.Rank == 2
            ? Ops.Expand(context, [texts, added, Width])
            : texts == Classes ? context : Ops.Concat(0, [.. _classOf.Select(c => context.Slice(0, c, 1))]);

        // The tokens' own embeddings are frozen: they are looked up once.
        Tensor tokens = _tokens ??= Lookup();
        Tensor joined = Ops.Concat(1, tokens.Slice(1, 0, 1), each, tokens.Slice(1, 1, length - 1));

        // What stands in the places of the context is not looked up; it only must not be an end token.
        int[][] ids = [.. _ids.Select(row => (int[])[row[0], .. Enumerable.Repeat(row[0], added), .. row[1..]])];
        return Average(_encoder.Embed(joined, ids));
    }

    private Tensor Lookup()
    {
        using IDisposable paused = Tape.NoGrad();
        return _encoder.Text.Embed(_ids).Contiguous().Keep();
    }

    /// <summary>One length for all, that of the longest: no token sees what follows it, so padding never changes a text's feature.</summary>
    private int[][] Align(int[][] ids)
    {
        int[] lengths = [.. ids.Select((row, i) => _encoder.Text.EndOf(row, i) + 1)];
        return [.. ids.Select((row, i) => (int[])[.. row[..lengths[i]], .. Enumerable.Repeat(row[lengths[i] - 1], lengths.Max() - lengths[i])])];
    }
}
