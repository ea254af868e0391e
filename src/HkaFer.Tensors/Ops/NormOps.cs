namespace HkaFer.Tensors;

/// <summary>Layer normalisation over the last axis.</summary>
internal sealed class LayerNormOp(Tensor x, Tensor weight, Tensor? bias, double epsilon) : Operation
{
    private Tensor? _mean;
    private Tensor? _rstd;

    internal override ReadOnlySpan<Tensor?> Inputs => new[] { x, weight, bias };

    internal Tensor Apply() => Apply(x.Shape);

    internal override void Forward(Device d)
    {
        _mean = Tensor.Empty([x.Shape.Rows], x.DType, d);
        _rstd = Tensor.Empty([x.Shape.Rows], x.DType, d);
        d.LayerNorm(x, weight, bias, epsilon, Y, _mean, _rstd);
    }

    internal override void Backward(Device d, Gradients g) => d.LayerNormBackward(
        x, weight, _mean!, _rstd!, g[Y],
        g.IntoWanted(x), g.IntoWanted(weight), g.IntoWanted(bias));
}

/// <summary>Root-mean-square normalisation over the last axis.</summary>
internal sealed class RmsNormOp(Tensor x, Tensor weight, double epsilon) : Operation
{
    private Tensor? _rstd;

    internal override ReadOnlySpan<Tensor?> Inputs => new[] { x, weight };

    internal Tensor Apply() => Apply(x.Shape);

    internal override void Forward(Device d)
    {
        _rstd = Tensor.Empty([x.Shape.Rows], x.DType, d);
        d.RmsNorm(x, weight, epsilon, Y, _rstd);
    }

    internal override void Backward(Device d, Gradients g) => d.RmsNormBackward(
        x, weight, _rstd!, g[Y], g.IntoWanted(x), g.IntoWanted(weight));
}

/// <summary>Softmax over the last axis.</summary>
internal sealed class SoftmaxOp(Tensor x) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Apply(x.Shape);

    internal override void Forward(Device d) => d.Softmax(x, Y);

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { d.SoftmaxBackward(Y, g[Y], g.Into(x)); }
    }
}

public static partial class Ops
{
    /// <summary>Layer normalisation over the last axis: (x - mean) / sqrt(variance + epsilon) * weight + bias.</summary>
    /// <param name="x"><c>[.., width]</c>.</param>
    /// <param name="weight"><c>[width]</c>.</param>
    /// <param name="bias"><c>[width]</c>, or none.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor? bias, double epsilon)
    {
        Guard.HasShape("layer norm", "weight", weight, [x.Shape[-1]]);
        if (bias is not null)
        {
            Guard.HasShape("layer norm", "bias", bias, [x.Shape[-1]]);
        }

        return new LayerNormOp(x.Contiguous(), weight, bias, epsilon).Apply();
    }

    /// <summary>Root-mean-square normalisation over the last axis: x / sqrt(mean(x^2) + epsilon) * weight.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        Guard.HasShape("rms norm", "weight", weight, [x.Shape[-1]]);
        return new RmsNormOp(x.Contiguous(), weight, epsilon).Apply();
    }

    /// <summary>Softmax over the last axis; the largest entry is subtracted first, so large inputs are safe.</summary>
    public static Tensor Softmax(Tensor x) => new SoftmaxOp(x.Contiguous()).Apply();
}
