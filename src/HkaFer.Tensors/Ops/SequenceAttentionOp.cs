namespace HkaFer.Tensors;

/// <summary>
/// Attention over sequences that follow each other in one tensor, each within itself; heads are read and written in place.
/// q [tokens, heads dim], k, v [keys, keyHeads dim] -> [tokens, heads dim].
/// </summary>
internal sealed class SequenceAttentionOp(Tensor q, Tensor k, Tensor v, int heads, int keyHeads, double scale, bool causal, int[] lengths) : Operation
{
    private Tensor? _lse;

    internal override ReadOnlySpan<Tensor?> Inputs => new[] { q, k, v };

    internal Tensor Apply() => Apply(q.Shape);

    internal override void Forward(Device d)
    {
        _lse = Tensor.Empty([q.Shape[0] * heads], q.DType, d);
        foreach (Sequence s in Sequences())
        {
            d.Attention(s.Queries(q), s.Keys(k), s.Keys(v), scale, causal, s.Queries(Y), s.Sums(_lse));
        }
    }

    internal override void Backward(Device d, Gradients g)
    {
        Target Wanted(Tensor x) => g.Wants(x) ? g.Into(x) : Tensor.Empty(x.Shape, x.DType, d);
        (Target gq, Target gk, Target gv) = (Wanted(q), Wanted(k), Wanted(v));
        foreach (Sequence s in Sequences())
        {
            d.AttentionBackward(
                s.Queries(q), s.Keys(k), s.Keys(v), scale, causal, s.Queries(Y), s.Sums(_lse!), s.Queries(g[Y]),
                gq with { Tensor = s.Queries(gq.Tensor) }, gk with { Tensor = s.Keys(gk.Tensor) }, gv with { Tensor = s.Keys(gv.Tensor) });
        }
    }

    private IEnumerable<Sequence> Sequences()
    {
        if (lengths.Length == 0)
        {
            yield return new Sequence(heads, keyHeads, 0, q.Shape[0], k.Shape[0]);
            yield break;
        }

        int start = 0;
        foreach (int length in lengths)
        {
            yield return new Sequence(heads, keyHeads, start, length, length);
            start += length;
        }
    }

    /// <summary>One sequence's part of the operands, as kernels take them.</summary>
    private readonly record struct Sequence(int Heads, int KeyHeads, int Start, int Tokens, int KeyCount)
    {
        internal Tensor Queries(Tensor x) => Part(x, Tokens, Heads);

        internal Tensor Keys(Tensor x) => Part(x, KeyCount, KeyHeads);

        internal Tensor Sums(Tensor x) => x.SliceView(0, Start * Heads, Tokens * Heads).ReshapeView([1, Heads, Tokens]);

        /// <summary>[rows, heads dim] -> [1, heads, rows of the sequence, dim].</summary>
        private Tensor Part(Tensor x, int rows, int heads)
        {
            int dim = x.Shape[1] / heads;
            Tensor part = x.SliceView(0, Start, rows);
            return new Tensor(part.Storage, [1, heads, rows, dim], part.DType, [0, dim, part.Strides[0], 1], part.Offset);
        }
    }
}

public static partial class Ops
{
    /// <summary>softmax(scale q k^T) v per head, over one sequence or several that follow each other and do not see one another.</summary>
    /// <param name="q"><c>[tokens, heads * dim]</c>; rows of all three may have gaps between them.</param>
    /// <param name="k"><c>[keys, keyHeads * dim]</c>.</param>
    /// <param name="v">Shape of k.</param>
    /// <param name="heads">Heads of the queries.</param>
    /// <param name="keyHeads">Heads of keys and values; divides <paramref name="heads"/> (grouped-query attention).</param>
    /// <param name="scale">Usually 1 / sqrt(dim).</param>
    /// <param name="causal">Query i sees keys up to i + keys - tokens.</param>
    /// <param name="lengths">Tokens of each sequence; none where all queries belong to one, which may have more keys than queries (a cache).</param>
    /// <exception cref="HkaFerException">Shapes do not fit each other.</exception>
    public static Tensor SequenceAttention(
        Tensor q, Tensor k, Tensor v, int heads, int keyHeads, double scale, bool causal = false, params ReadOnlySpan<int> lengths)
    {
        Guard.Rank("attention", "q", q, 2);
        Guard.SameShape("attention", k, v);
        Guard.That(
            k.Shape.Rank == 2 && heads > 0 && keyHeads > 0 && heads % keyHeads == 0 && q.Shape[1] % heads == 0 && k.Shape[1] == (long)q.Shape[1] / heads * keyHeads,
            $"attention: q {q.Shape} with {heads} heads does not fit k {k.Shape} with {keyHeads}; expected heads of one width, and keyHeads dividing heads");
        int total = 0;
        foreach (int length in lengths)
        {
            Guard.That(length > 0 && length <= q.Shape[0] - total, $"attention: sequences do not fit {q.Shape[0]} tokens");
            total += length;
        }

        Guard.That(lengths.IsEmpty || (total == q.Shape[0] && total == k.Shape[0]), $"attention: sequences of {total} tokens in all; expected {q.Shape[0]}, and as many keys (got {k.Shape[0]})");
        return new SequenceAttentionOp(Dense(q), Dense(k), Dense(v), heads, keyHeads, scale, causal, lengths.ToArray()).Apply();

        static Tensor Dense(Tensor x) => x.Strides[1] == 1 ? x : x.Contiguous();
    }
}
