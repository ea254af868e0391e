namespace HkaFer.Tensors;

/// <summary>
/// The arithmetic of <see cref="LowRankOp"/> with every operand of every product rounded to bfloat16 and sums in float32: half the time where the device has
/// <see cref="Device.BFloat16Arithmetic"/>. All matrices, the gradients too, are float32.
/// </summary>
internal static class NarrowLowRank
{
    /// <summary>Below this many tokens of a picture, rounding A and B costs more than it saves. By picture, so that its precision does not hang on the batch.</summary>
    internal const int LeastTokens = 32;

    /// <summary>hidden = x A^T and y += scale hidden B^T. x [rows, in], A [r, in], B [out, r], hidden [rows, r], y [rows, out].</summary>
    internal static void Forward(Device d, Tensor x, Tensor a, Tensor b, double scale, Tensor hidden, Tensor y)
    {
        using var region = new Region();
        d.Gemm(x, Rounded(d, a).TransposeView(0, 1), hidden);
        d.Gemm(hidden, Rounded(d, Scaled(d, b, scale)).TransposeView(0, 1), new Target(y, true));
    }

    /// <summary>The gradients that are wanted, given that of y. gx [.., in].</summary>
    internal static void Backward(Device d, Tensor x, Tensor a, Tensor b, double scale, Tensor hidden, Tensor gy, Target? gx, Target? ga, Target? gb)
    {
        if (gx is null && ga is null && gb is null)
        {
            return;
        }

        // The gradients were made outside of the region; what is rounded does not outlive it.
        using var region = new Region();
        Tensor rounded = Rounded(d, gy);
        if (gb is not null)
        {
            // What is as long as there are tokens stands on the right, where it is read row by row: gB^T = (scale hidden)^T gy.
            Tensor transposed = Tensor.Empty([b.Shape[1], b.Shape[0]], DType.Float32, d);
            d.Gemm(Rounded(d, Transposed(d, Scaled(d, hidden, scale))), rounded, transposed);
            d.Copy(transposed.TransposeView(0, 1), gb.Value);
        }

        if (ga is null && gx is null)
        {
            return;
        }

        Tensor ghidden = Tensor.Empty(hidden.Shape, DType.Float32, d);
        d.Gemm(rounded, Rounded(d, Scaled(d, b, scale)), ghidden);
        if (ga is not null) { d.Gemm(Rounded(d, Transposed(d, ghidden)), Rounded(d, x), ga.Value); }
        if (gx is { } into) { d.Gemm(ghidden, Rounded(d, a), into with { Tensor = into.Tensor.Rows() }); }
    }

    private static Tensor Rounded(Device d, Tensor t)
    {
        Tensor rounded = Tensor.Empty(t.Shape, DType.BFloat16, d);
        d.Copy(t, rounded);
        return rounded;
    }

    private static Tensor Transposed(Device d, Tensor t)
    {
        Tensor transposed = Tensor.Empty([t.Shape[1], t.Shape[0]], DType.Float32, d);
        d.Copy(t.TransposeView(0, 1), transposed);
        return transposed;
    }

    private static Tensor Scaled(Device d, Tensor t, double scale)
    {
        Tensor scaled = Tensor.Empty(t.Shape, DType.Float32, d);
        d.Scale(t, scale, scaled);
        return scaled;
    }
}
