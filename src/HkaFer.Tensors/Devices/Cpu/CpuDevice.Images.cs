namespace HkaFer.Tensors;

// Patches and resampling.
internal sealed partial class CpuDevice
{
    internal override void Unfold(Tensor x, int patch, Tensor y) => Plainly.Unfold(x, patch, y);

    internal override void Fold(Tensor gy, int patch, Target gx) => Plainly.Fold(gy, patch, gx);

    // Once a step on a grid of position embeddings: plain loops are enough.
    internal override void Bicubic(Tensor x, bool antialias, Tensor y) => Plainly.Bicubic(x, antialias, y);

    internal override void BicubicBackward(Tensor gy, bool antialias, Target gx) => Plainly.BicubicBackward(gy, antialias, gx);
}
