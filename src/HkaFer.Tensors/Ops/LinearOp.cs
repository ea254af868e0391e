namespace HkaFer.Tensors;

/// <summary>
/// y = x W^T + b over the last axis, with an epilogue where nothing is recorded. x [.., in], W [out, in], b [out] or none -> [.., out].
/// </summary>
internal sealed class LinearOp(Tensor x, Tensor weight, Tensor? bias, Epilogue epilogue = default) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new[] { x, weight, bias, epilogue.Scale, epilogue.Residual };

    internal Tensor Apply() => Apply([.. x.Shape.Leading, weight.Shape[0]]);

    internal override void Forward(Device d) => d.Gemm(x, weight.TransposeView(0, 1), Y, bias: bias, epilogue: epilogue);

    internal override void Backward(Device d, Gradients g)
    {
        Guard.That(epilogue.IsNone, "linear: an epilogue has no gradient; it is for what is not recorded");
        Tensor gy = g[Y];
        if (g.Wants(x)) { d.Gemm(gy, weight, g.Into(x)); }
        if (g.Wants(weight)) { d.Gemm(gy.Rows().TransposeView(0, 1), x.Rows(), g.Into(weight)); }
        if (g.Wants(bias)) { d.SumRows(gy, g.Into(bias)); }
    }
}

/// <summary>
/// y[.., start ..] += scale (x A^T) B^T in place: LoRA (equation 1). x [.., in], A [r, in], B [rows, r], base [.., out]. The result is the base's
/// memory, which the operation that made the base must not need again.
/// </summary>
internal sealed class LowRankOp(Tensor baseOutput, Tensor x, Tensor a, Tensor b, double scale, int start, bool narrow) : Operation
{
    private Tensor? _hidden;

    internal override ReadOnlySpan<Tensor?> Inputs => new[] { baseOutput, x, a, b };

    internal Tensor Apply() => Finish(baseOutput.Detach());

    internal override void Forward(Device d)
    {
        _hidden = Tensor.Empty([.. x.Shape.Leading, a.Shape[0]], x.DType, d);
        if (narrow)
        {
            NarrowLowRank.Forward(d, x.Rows(), a, b, scale, _hidden.Rows(), Part(Y));
            return;
        }

        d.Gemm(x, a.TransposeView(0, 1), _hidden);
        d.Gemm(_hidden.Rows(), b.TransposeView(0, 1), new Target(Part(Y), true), alpha: scale);
    }

    internal override void Backward(Device d, Gradients g)
    {
        Tensor gy = g[Y], part = Part(gy);
        if (narrow)
        {
            NarrowLowRank.Backward(d, x.Rows(), a, b, scale, _hidden!.Rows(), part, g.IntoWanted(x), g.IntoWanted(a), g.IntoWanted(b));
        }
        else
        {
            Backward(d, g, part);
        }

        if (g.Wants(baseOutput)) { g.Pass(baseOutput, gy); }
    }

    private void Backward(Device d, Gradients g, Tensor part)
    {
        if (g.Wants(b)) { d.Gemm(part.TransposeView(0, 1), _hidden!.Rows(), g.Into(b), alpha: scale); }
        if (g.Wants(x) || g.Wants(a))
        {
            Tensor ghidden = Tensor.Empty(_hidden!.Shape, x.DType, d);
            d.Gemm(part, b, ghidden.Rows(), alpha: scale);
            if (g.Wants(a)) { d.Gemm(ghidden.Rows().TransposeView(0, 1), x.Rows(), g.Into(a)); }
            if (g.Wants(x)) { d.Gemm(ghidden, a, g.Into(x)); }
        }
    }

    /// <summary>The columns that B writes, as a matrix.</summary>
    private Tensor Part(Tensor y) => y.Rows().SliceView(1, start, b.Shape[0]);
}

/// <summary>c = a b over the last two axes: a [.., m, k], b [.., k, n], the same leading axes.</summary>
internal sealed class MatMulOp(Tensor a, Tensor b) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new[] { a, b };

    internal Tensor Apply() => Apply([.. a.Shape.Leading, b.Shape[-1]]);

    internal override void Forward(Device d) => d.Gemm(a, b, Y);

    internal override void Backward(Device d, Gradients g)
    {
        int rank = a.Shape.Rank;
        if (g.Wants(a)) { d.Gemm(g[Y], b.TransposeView(rank - 2, rank - 1), g.Into(a)); }
        if (g.Wants(b)) { d.Gemm(a.TransposeView(rank - 2, rank - 1), g[Y], g.Into(b)); }
    }
}

public static partial class Ops
{
    /// <summary>y = x W^T + b over the last axis.</summary>
    /// <param name="x"><c>[.., in]</c>.</param>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="bias"><c>[out]</c>, or none.</param>
    /// <returns><c>[.., out]</c>.</returns>
    /// <exception cref="HkaFerException">Widths differ.</exception>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        CheckLinear(x, weight, bias);
        return new LinearOp(x.Contiguous(), weight, bias).Apply();
    }

    /// <summary>
    /// residual + scale * activation(x W^T + b). Where no gradient is wanted one pass writes the result; otherwise each step is recorded. The bits are the same.
    /// </summary>
    /// <param name="x"><c>[.., in]</c>.</param>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="bias"><c>[out]</c>, or none.</param>
    /// <param name="activation">The nonlinearity, or none.</param>
    /// <param name="scale"><c>[out]</c> (layer scale), or none.</param>
    /// <param name="residual"><c>[.., out]</c>, or none.</param>
    /// <returns><c>[.., out]</c>.</returns>
    /// <exception cref="HkaFerException">Shapes differ.</exception>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias, Activation? activation, Tensor? scale = null, Tensor? residual = null)
    {
        bool recorded = Tape.IsRecording
            && (x.RequiresGrad || weight.RequiresGrad || bias is { RequiresGrad: true } || scale is { RequiresGrad: true } || residual is { RequiresGrad: true });
        if (recorded)
        {
            return Finish(Linear(x, weight, bias), activation, scale, residual);
        }

        CheckLinear(x, weight, bias);
        int width = weight.Shape[0];
        if (scale is not null) { Guard.HasShape("linear", "scale", scale, [width]); }
        if (residual is not null) { Guard.HasShape("linear", "residual", residual, [.. x.Shape.Leading, width]); }
        return new LinearOp(x.Contiguous(), weight, bias, new Epilogue(activation, scale, residual?.Contiguous())).Apply();
    }

    private static void CheckLinear(Tensor x, Tensor weight, Tensor? bias)
    {
        Guard.Rank("linear", "weight", weight, 2);
        Guard.LastAxis("linear", "input width", x, weight.Shape[1]);
        if (bias is not null) { Guard.HasShape("linear", "bias", bias, [weight.Shape[0]]); }
    }

    /// <summary>residual + scale * activation(y), each of them optional.</summary>
    /// <param name="y"><c>[.., width]</c>.</param>
    /// <param name="activation">The nonlinearity, or none.</param>
    /// <param name="scale"><c>[width]</c>, or none.</param>
    /// <param name="residual">Shape of y, or none.</param>
    public static Tensor Finish(Tensor y, Activation? activation, Tensor? scale = null, Tensor? residual = null)
    {
        y = activation is { } kind ? Activate(kind, y) : y;
        return scale is null && residual is null ? y : AddScaled(y, scale, residual);
    }

    /// <summary>
    /// y + scale (x A^T) B^T, written over y's memory: LoRA beside a linear layer (equation 1). Use the result, never y again.
    /// </summary>
    /// <param name="y"><c>[.., out]</c>, the layer's output.</param>
    /// <param name="x"><c>[.., in]</c>, its input.</param>
    /// <param name="a"><c>[rank, in]</c>.</param>
    /// <param name="b"><c>[rows, rank]</c>; rows is out, or fewer where only a part of the outputs is adapted.</param>
    /// <param name="scale">alpha / rank.</param>
    /// <param name="start">The first output that B writes.</param>
    /// <param name="narrow">
    /// Whether all products, those of the backward pass too, may round what they multiply to bfloat16, with sums in float32; done where the device is faster so.
    /// </param>
    public static Tensor AddLowRank(Tensor y, Tensor x, Tensor a, Tensor b, double scale, int start = 0, bool narrow = false)
    {
        Guard.Rank("lora", "A", a, 2);
        Guard.That(x.Shape.Leading == y.Shape.Leading, $"lora: input {x.Shape} does not fit output {y.Shape}");
        Guard.Rank("lora", "B", b, 2);
        Guard.HasShape("lora", "B", b, [b.Shape[0], a.Shape[0]]);
        Guard.That(
            start >= 0 && start + (long)b.Shape[0] <= y.Shape[-1],
            $"lora: B {b.Shape} from output {start} on does not fit the output width; expected {y.Shape[-1]}");
        Guard.LastAxis("lora", "input width", x, a.Shape[1]);
        bool rounds = narrow && x.Device.BFloat16Arithmetic && x.Shape.Rank > 1 && x.Shape[-2] >= NarrowLowRank.LeastTokens && x.DType == DType.Float32;
        return new LowRankOp(y, x.Contiguous(), a, b, scale, start, rounds).Apply();
    }

    /// <summary>a b over the last two axes; the leading axes agree.</summary>
    public static Tensor MatMul(Tensor a, Tensor b)
    {
        Guard.That(
            a.Shape.Rank >= 2 && a.Shape.Rank == b.Shape.Rank && a.Shape[-1] == b.Shape[-2] && a.Shape.Sizes[..^2].SequenceEqual(b.Shape.Sizes[..^2]),
            $"matmul: {a.Shape} does not fit {b.Shape}; expected [.., m, k] and [.., k, n]");
        return new MatMulOp(a, b).Apply();
    }
}
