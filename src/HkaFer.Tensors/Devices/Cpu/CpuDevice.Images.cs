using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

// Patches and resampling.
internal sealed unsafe partial class CpuDevice
{
    internal override void Unfold(Tensor x, int patch, Tensor y)
    {
        if (IsDense(x) && IsDense(y)) { RunPatches(x, y, patch, fold: false, accumulate: false); }
        else { Plainly.Unfold(x, patch, y); }
    }

    internal override void Fold(Tensor gy, int patch, Target gx)
    {
        if (IsDense(gy) && IsDense(gx.Tensor)) { RunPatches(gx.Tensor, gy, patch, fold: true, gx.Accumulate); }
        else { Plainly.Fold(gy, patch, gx); }
    }

    // Once a step on a grid of position embeddings: plain loops are enough.
    internal override void Bicubic(Tensor x, bool antialias, Tensor y) => Plainly.Bicubic(x, antialias, y);

    internal override void BicubicBackward(Tensor gy, bool antialias, Target gx) => Plainly.BicubicBackward(gy, antialias, gx);

    /// <summary>Image and patches are of whole patches: the operation has refused others, whose last pixels a fold would not write.</summary>
    private void RunPatches(Tensor image, Tensor patches, int patch, bool fold, bool accumulate)
    {
        var kernel = new PatchRows
        {
            Image = Floats(image),
            Patches = Floats(patches),
            Channels = image.Shape[1],
            Height = image.Shape[2],
            Width = image.Shape[3],
            Patch = patch,
            Fold = fold,
            Accumulate = accumulate,
        };
        long floats = (long)kernel.Channels * patch * kernel.Width;
        Ranges.Run(Set, Workers, (long)image.Shape[0] * kernel.Down, Ranges.RowsWorthwhile(floats), kernel);
    }
}
