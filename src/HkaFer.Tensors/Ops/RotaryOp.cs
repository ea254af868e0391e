namespace HkaFer.Tensors;

/// <summary>Rotary position embedding (Su et al. 2021): the two halves of each head turned by the angles of its token. x [tokens, heads dim].</summary>
internal sealed class RotaryOp(Tensor x, int heads, Tensor cos, Tensor sin) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Apply(x.Shape);

    internal override void Forward(Device d) => d.Rotate(Heads(x), cos, sin, false, Heads(Y));

    internal override void Backward(Device d, Gradients g)
    {
        // A rotation's transpose turns the other way.
        if (g.Wants(x) && g.Into(x) is var (into, accumulate)) { d.Rotate(Heads(g[Y]), cos, sin, true, new Target(Heads(into), accumulate)); }
    }

    /// <summary>[tokens, heads dim] -> [tokens, heads, dim], whatever lies between the rows.</summary>
    private Tensor Heads(Tensor t)
    {
        int dim = t.Shape[1] / heads;
        return new Tensor(t.Storage, [t.Shape[0], heads, dim], t.DType, [t.Strides[0], dim, 1], t.Offset);
    }
}

public static partial class Ops
{
    /// <summary>
    /// Rotary position embedding in the form that pairs entry i of a head with entry i + dim / 2: (a, b) becomes (a cos - b sin, b cos + a sin).
    /// </summary>
    /// <param name="x"><c>[tokens, heads * dim]</c>; rows may have gaps between them, as a part of a fused projection has.</param>
    /// <param name="heads">Number of heads; divides the width into even parts.</param>
    /// <param name="cos">Cosines of the angles <c>[tokens, dim / 2]</c>; a constant.</param>
    /// <param name="sin">Sines, shaped as the cosines.</param>
    /// <returns>Shape of x, without gaps.</returns>
    public static Tensor Rotary(Tensor x, int heads, Tensor cos, Tensor sin)
    {
        Guard.Rank("rotary", "x", x, 2);
        Guard.That(heads > 0 && x.Shape[1] % (2 * heads) == 0, $"rotary: width {x.Shape[1]} does not divide into {heads} heads of even width");
        Shape angles = [x.Shape[0], x.Shape[1] / heads / 2];
        Guard.HasShape("rotary", "cos", cos, angles);
        Guard.HasShape("rotary", "sin", sin, angles);
        return new RotaryOp(x.Strides[1] == 1 ? x : x.Contiguous(), heads, cos.Contiguous(), sin.Contiguous()).Apply();
    }
}
