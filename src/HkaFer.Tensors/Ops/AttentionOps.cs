namespace HkaFer.Tensors;

/// <summary>softmax(scale q k^T) v per head, with queries, keys and values in tensors of their own.</summary>
internal sealed class AttentionOp(Tensor q, Tensor k, Tensor v, double scale, bool causal) : Operation
{
    private Tensor? _lse;

    internal override ReadOnlySpan<Tensor?> Inputs => new[] { q, k, v };

    internal Tensor Apply() => Apply(q.Shape);

    internal override void Forward(Device d)
    {
        _lse = Tensor.Empty(q.Shape.Leading, q.DType, d);
        d.Attention(q, k, v, scale, causal, Y, _lse);
    }

    internal override void Backward(Device d, Gradients g)
    {
        Target Wanted(Tensor x) => g.Wants(x) ? g.Into(x) : Tensor.Empty(x.Shape, x.DType, d);
        d.AttentionBackward(q, k, v, scale, causal, Y, _lse!, g[Y], Wanted(q), Wanted(k), Wanted(v));
    }
}

/// <summary>Self-attention on a fused projection, whose heads are read and written in place: no copy splits or joins them.</summary>
internal sealed class SelfAttentionOp(Tensor qkv, int heads, double scale) : Operation
{
    private Tensor? _lse;

    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { qkv };

    private int Width => qkv.Shape[2] / 3;

    internal Tensor Apply() => Apply([qkv.Shape[0], qkv.Shape[1], Width]);

    internal override void Forward(Device d)
    {
        _lse = Tensor.Empty([qkv.Shape[0], heads, qkv.Shape[1]], qkv.DType, d);
        d.Attention(Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), scale, false, Heads(Y), _lse);
    }

    internal override void Backward(Device d, Gradients g)
    {
        if (!g.Wants(qkv)) { return; }
        (Tensor into, bool accumulate) = g.Into(qkv);
        Target Into(int part) => new(Part(into, part), accumulate);
        d.AttentionBackward(
            Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), scale, false, Heads(Y), _lse!, Heads(g[Y]), Into(0), Into(1), Into(2));
    }

    /// <summary>[batch, tokens, 3 width] -> part 0, 1 or 2 as [batch, heads, tokens, dim].</summary>
    private Tensor Part(Tensor x, int part) => Heads(x.SliceView(2, part * Width, Width));

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
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, double scale, bool causal = false)
    {
        Guard.Rank("attention", "q", q, 4);
        Guard.SameShape("attention", k, v);
        Guard.That(
            k.Shape.Rank == 4 && k.Shape[0] == q.Shape[0] && k.Shape[3] == q.Shape[3] && q.Shape[1] % Math.Max(1, k.Shape[1]) == 0,
            $"attention: q {q.Shape} does not fit k {k.Shape}; expected [batch, heads, tokens, dim] and [batch, kvHeads, keys, dim] with kvHeads dividing heads");
        return new AttentionOp(q.Contiguous(), k.Contiguous(), v.Contiguous(), scale, causal).Apply();
    }

    /// <summary>Self-attention on a fused projection.</summary>
    /// <param name="qkv"><c>[batch, tokens, 3 width]</c>: queries, keys, values, each head by head.</param>
    /// <param name="heads">Number of heads; divides the width.</param>
    /// <param name="scale">1 / sqrt(width / heads) where not given.</param>
    /// <returns><c>[batch, tokens, width]</c>.</returns>
    public static Tensor SelfAttention(Tensor qkv, int heads, double? scale = null)
    {
        Guard.Rank("attention", "qkv", qkv, 3);
        Guard.That(
            heads > 0 && qkv.Shape[2] % (3 * heads) == 0,
            $"attention: width {qkv.Shape[2]} of qkv is not divisible by 3 x {heads} heads");
        return new SelfAttentionOp(qkv.Contiguous(), heads, scale ?? 1 / Math.Sqrt(qkv.Shape[2] / 3.0 / heads)).Apply();
    }
}
