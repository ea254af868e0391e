namespace HkaFer.Tensors;

/// <summary>
/// c = m / |W + scale B A| by rows: the factor that DoRA (Liu et al. 2024) puts on each output. The norm counts as a constant (section 4.3 there),
/// so that m alone has a gradient. A, B and W are read, never written; the sum exists for one block of rows at a time.
/// </summary>
internal sealed class MagnitudeScaleOp(Tensor magnitude, Tensor weight, Tensor a, Tensor b, double scale) : Operation
{
    // Rows at a time: wide enough for the matrix product, and a block of width 4096 still fits the second-level cache.
    private const int Block = 64;

    private Tensor? _norms;

    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { magnitude };

    internal Tensor Apply() => Apply(magnitude.Shape);

    internal override void Forward(Device d)
    {
        int rows = weight.Shape[0];
        _norms = Tensor.Empty(magnitude.Shape, magnitude.DType, d);
        Tensor sum = Tensor.Empty([Math.Min(Block, rows), weight.Shape[1]], a.DType, d);
        for (int row = 0; row < rows; row += Block)
        {
            int count = Math.Min(Block, rows - row);
            Tensor part = sum.SliceView(0, 0, count);
            d.Copy(weight.SliceView(0, row, count), part);
            d.Gemm(b.SliceView(0, row, count), a, new Target(part, true), alpha: scale);
            d.RowNorms(part, _norms.SliceView(0, row, count));
        }

        d.Divide(magnitude, _norms, Y);
    }

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(magnitude)) { d.Divide(g[Y], _norms!, g.Into(magnitude)); }
    }
}

public static partial class Ops
{
    /// <summary>m / |W + scale B A| by rows; the norm counts as a constant, m alone has a gradient (DoRA).</summary>
    /// <param name="magnitude">m <c>[out]</c>.</param>
    /// <param name="weight">W <c>[out, in]</c>.</param>
    /// <param name="a">A <c>[rank, in]</c>.</param>
    /// <param name="b">B <c>[out, rank]</c>.</param>
    /// <param name="scale">alpha / rank.</param>
    /// <returns><c>[out]</c>.</returns>
    public static Tensor MagnitudeScale(Tensor magnitude, Tensor weight, Tensor a, Tensor b, double scale)
    {
        Guard.Rank("dora", "weight", weight, 2);
        Guard.Rank("dora", "A", a, 2);
        Guard.HasShape("dora", "magnitude", magnitude, [weight.Shape[0]]);
        Guard.HasShape("dora", "A", a, [a.Shape[0], weight.Shape[1]]);
        Guard.HasShape("dora", "B", b, [weight.Shape[0], a.Shape[0]]);
        return new MagnitudeScaleOp(magnitude, weight, a, b, scale).Apply();
    }

    /// <summary>
    /// |x| along the last axis, at least 1e-30 so that it divides: <c>[.., n] -> [..]</c>. Nothing is recorded; for values that count as constants.
    /// </summary>
    public static Tensor RowNorms(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor y = Tensor.Empty(x.Shape.Leading, x.DType, x.Device);
        x.Device.RowNorms(x, y);
        GC.KeepAlive(x);
        return y;
    }
}
