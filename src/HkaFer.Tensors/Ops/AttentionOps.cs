namespace HkaFer.Tensors;

/// <summary>softmax(scale q k^T) v per head, with queries, keys and values in tensors of their own.</summary>
internal sealed class AttentionOp(Tensor q, Tensor k, Tensor v, double scale, bool causal, bool narrow) : Operation
{
    private Tensor? _lse;

    internal override ReadOnlySpan<Tensor?> Inputs => new[] { q, k, v };

    internal Tensor Apply() => Apply(q.Shape);

    internal override void Forward(Device d)
    {
        _lse = Tensor.Empty(q.Shape.Leading, q.DType, d);
        d.Attention(q, k, v, scale, causal, Y, _lse, narrow);
    }

    internal override void Backward(Device d, Gradients g)
    {
        Target Wanted(Tensor x) => g.Wants(x) ? g.Into(x) : Tensor.Empty(x.Shape, x.DType, d);
        d.AttentionBackward(q, k, v, scale, causal, Y, _lse!, g[Y], Wanted(q), Wanted(k), Wanted(v), narrow);
    }
}

/// <summary>Self-attention on a fused projection, whose heads are read and written in place: no copy splits or joins them.</summary>
internal sealed class SelfAttentionOp(Tensor qkv, int heads, int queries, double scale, bool narrow) : Operation
{
    private Tensor? _lse;

    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { qkv };

    private int Width => qkv.Shape[2] / 3;

    internal Tensor Apply() => Apply([qkv.Shape[0], queries, Width]);

    internal override void Forward(Device d)
    {
        _lse = Tensor.Empty([qkv.Shape[0], heads, queries], qkv.DType, d);
        d.Attention(Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), scale, false, Heads(Y), _lse, narrow);
    }

    internal override void Backward(Device d, Gradients g)
    {
        if (!g.Wants(qkv)) { return; }
        // Tokens that do not ask have queries without a gradient.
        (Tensor into, bool accumulate) = queries == qkv.Shape[1] ? g.Into(qkv) : new Target(g.IntoZeroed(qkv), true);
        Target Into(int part) => new(Part(into, part), accumulate);
        d.AttentionBackward(
            Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), scale, false, Heads(Y), _lse!, Heads(g[Y]), Into(0), Into(1), Into(2), narrow);
    }

    /// <summary>[batch, tokens, 3 width] -> part 0, 1 or 2 as [batch, heads, tokens, dim]; of part 0 the tokens that ask.</summary>
    private Tensor Part(Tensor x, int part) => Heads(x.SliceView(2, part * Width, Width).SliceView(1, 0, part == 0 ? queries : x.Shape[1]));

    private Tensor Heads(Tensor x)
    {
        int dim = Width / heads;
        ReadOnlySpan<long> s = x.Strides;
        return new Tensor(x.Storage, [x.Shape[0], heads, x.Shape[1], dim], x.DType, [s[0], dim, s[1], 1], x.Offset);
    }
}

public static partial class Ops
{
    /// <summary>softmax(scale q k^T) v per head; without the matrix of all scores.</summary>
    /// <param name="q"><c>[batch, heads, tokens, dim]</c>.</param>
    /// <param name="k"><c>[batch, kvHeads, keys, dim]</c>; heads is a multiple of kvHeads (grouped-query attention).</param>
    /// <param name="v">Shape of k.</param>
    /// <param name="scale">Usually 1 / sqrt(dim).</param>
    /// <param name="causal">Query i sees keys up to i + keys - tokens.</param>
    /// <param name="narrow">Whether products, those of the backward pass too, may round what they multiply to bfloat16, with sums in float32; done where the device is faster so.</param>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, double scale, bool causal = false, bool narrow = false)
    {
        Guard.Rank("attention", "q", q, 4);
        Guard.SameShape("attention", k, v);
        Guard.That(
            k.Shape.Rank == 4 && k.Shape[0] == q.Shape[0] && k.Shape[3] == q.Shape[3] && q.Shape[1] % Math.Max(1, k.Shape[1]) == 0,
            $"attention: q {q.Shape} does not fit k {k.Shape}; expected [batch, heads, tokens, dim] and [batch, kvHeads, keys, dim] with kvHeads dividing heads");
        return new AttentionOp(q.Contiguous(), k.Contiguous(), v.Contiguous(), scale, causal, narrow).Apply();
    }

    /// <summary>Self-attention on a fused projection.</summary>
    /// <param name="qkv"><c>[batch, tokens, 3 width]</c>: queries, keys, values, each head by head.</param>
    /// <param name="heads">Number of heads; divides the width.</param>
    /// <param name="scale">1 / sqrt(width / heads) where not given.</param>
    /// <param name="queries">How many tokens, from the first on, ask; all where not given. Keys and values are those of all tokens.</param>
    /// <param name="narrow">As <see cref="Attention"/> has it.</param>
    /// <returns><c>[batch, queries, width]</c>.</returns>
    public static Tensor SelfAttention(Tensor qkv, int heads, double? scale = null, int? queries = null, bool narrow = false)
    {
        Guard.Rank("attention", "qkv", qkv, 3);
        Guard.That(
            heads > 0 && qkv.Shape[2] % (3 * heads) == 0,
            $"attention: width {qkv.Shape[2]} of qkv is not divisible by 3 x {heads} heads");
        Guard.That(queries is null || (queries > 0 && queries <= qkv.Shape[1]), $"attention: {queries} queries do not fit qkv {qkv.Shape}; expected 1 to {qkv.Shape[1]}");
        return new SelfAttentionOp(qkv.Contiguous(), heads, queries ?? qkv.Shape[1], scale ?? 1 / Math.Sqrt(qkv.Shape[2] / 3.0 / heads), narrow).Apply();
    }
}
