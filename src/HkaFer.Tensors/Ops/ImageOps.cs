namespace HkaFer.Tensors;

/// <summary>Non-overlapping patches as rows: [batch, channels, height, width] -> [batch, patches, channels patch patch].</summary>
internal sealed class UnfoldOp(Tensor x, int patch) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Apply([x.Shape[0], x.Shape[2] / patch * (x.Shape[3] / patch), x.Shape[1] * patch * patch]);

    internal override void Forward(Device d) => d.Unfold(x, patch, Y);

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { d.Fold(g[Y], patch, g.Into(x)); }
    }
}

/// <summary>Bicubic resampling of the last two axes.</summary>
internal sealed class BicubicOp(Tensor x, int height, int width, bool antialias) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Apply([.. x.Shape.Leading.Leading, height, width]);

    internal override void Forward(Device d) => d.Bicubic(x, antialias, Y);

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { d.BicubicBackward(g[Y], antialias, g.Into(x)); }
    }
}

public static partial class Ops
{
    /// <summary>A convolution whose stride is its kernel, as a matrix product over patches.</summary>
    /// <param name="x"><c>[batch, channels, height, width]</c>; both sizes are multiples of the patch.</param>
    /// <param name="weight"><c>[width, channels, patch, patch]</c>.</param>
    /// <param name="bias"><c>[width]</c>, or none.</param>
    /// <returns><c>[batch, patches, width]</c>, patches row by row.</returns>
    /// <exception cref="HkaFerException">Sizes do not fit.</exception>
    public static Tensor PatchEmbedding(Tensor x, Tensor weight, Tensor? bias)
    {
        Guard.Rank("patch embedding", "pixels", x, 4);
        Guard.Rank("patch embedding", "weight", weight, 4);
        int patch = weight.Shape[3];
        Guard.That(
            x.Shape[1] == weight.Shape[1],
            $"patch embedding: {weight.Shape[1]} channels expected, got {x.Shape[1]} (pixels {x.Shape}, expected [batch, channels, height, width])");
        Guard.That(
            x.Shape[2] % patch == 0 && x.Shape[3] % patch == 0 && x.Shape[2] > 0 && x.Shape[3] > 0,
            $"patch embedding: image {x.Shape[3]} x {x.Shape[2]} is not a multiple of the patch {patch}; resize to {Math.Max(1, x.Shape[3] / patch) * patch} x {Math.Max(1, x.Shape[2] / patch) * patch}");
        Tensor patches = new UnfoldOp(x.Contiguous(), patch).Apply();
        return Linear(patches, weight.Reshape(weight.Shape[0], -1), bias);
    }

    /// <summary>Bicubic resampling of the last two axes, corners not aligned, as PyTorch's <c>interpolate</c>.</summary>
    public static Tensor Bicubic(Tensor x, int height, int width, bool antialias = false) =>
        new BicubicOp(x.Contiguous(), height, width, antialias).Apply();
}
