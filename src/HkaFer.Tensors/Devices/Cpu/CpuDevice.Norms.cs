using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

// Normalisation, softmax, loss.
internal sealed unsafe partial class CpuDevice
{
    internal override void LayerNorm(Tensor x, Tensor weight, Tensor? bias, double epsilon, Tensor y, Tensor mean, Tensor rstd)
    {
        if (!IsDense(x) || !IsDense(weight) || !IsDense(bias) || !IsDense(y) || !IsDense(mean) || !IsDense(rstd))
        {
            Plainly.LayerNorm(x, weight, bias, epsilon, y, mean, rstd);
            return;
        }

        RunRows(x, new LayerNormKernel
        {
            X = Floats(x),
            Weight = Floats(weight),
            Bias = Floats(bias),
            Y = Floats(y),
            Mean = Floats(mean),
            Rstd = Floats(rstd),
            Width = x.Shape[-1],
            Epsilon = epsilon,
        });
    }

    internal override void LayerNormBackward(
        Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor gy, Target? gx, Target? gweight, Target? gbias)
    {
        if (!IsDense(x) || !IsDense(weight) || !IsDense(mean) || !IsDense(rstd) || !IsDense(gy)
            || !IsDense(gx?.Tensor) || !IsDense(gweight?.Tensor) || !IsDense(gbias?.Tensor))
        {
            Plainly.LayerNormBackward(x, weight, mean, rstd, gy, gx, gweight, gbias);
            return;
        }

        if (gweight is { } intoWeight) { SumColumns<NormalTerm>(x, gy, mean, rstd, intoWeight); }
        if (gbias is { } intoBias) { SumColumns<PlainTerm>(gy, gy, null, null, intoBias); }
        if (gx is { } into)
        {
            RunRows(x, new LayerNormBackwardKernel
            {
                X = Floats(x),
                Weight = Floats(weight),
                Mean = Floats(mean),
                Rstd = Floats(rstd),
                G = Floats(gy),
                Y = Floats(into.Tensor),
                Width = x.Shape[-1],
                Accumulate = into.Accumulate,
            });
        }
    }

    internal override void RmsNorm(Tensor x, Tensor weight, double epsilon, Tensor y, Tensor rstd)
    {
        if (!IsDense(x) || !IsDense(weight) || !IsDense(y) || !IsDense(rstd))
        {
            Plainly.RmsNorm(x, weight, epsilon, y, rstd);
            return;
        }

        RunRows(x, new RmsNormKernel
        {
            X = Floats(x),
            Weight = Floats(weight),
            Y = Floats(y),
            Rstd = Floats(rstd),
            Width = x.Shape[-1],
            Epsilon = epsilon,
        });
    }

    internal override void RmsNormBackward(Tensor x, Tensor weight, Tensor rstd, Tensor gy, Target? gx, Target? gweight)
    {
        if (!IsDense(x) || !IsDense(weight) || !IsDense(rstd) || !IsDense(gy) || !IsDense(gx?.Tensor) || !IsDense(gweight?.Tensor))
        {
            Plainly.RmsNormBackward(x, weight, rstd, gy, gx, gweight);
            return;
        }

        if (gweight is { } intoWeight) { SumColumns<NormalTerm>(x, gy, null, rstd, intoWeight); }
        if (gx is { } into)
        {
            RunRows(x, new RmsNormBackwardKernel
            {
                X = Floats(x),
                Weight = Floats(weight),
                Rstd = Floats(rstd),
                G = Floats(gy),
                Y = Floats(into.Tensor),
                Width = x.Shape[-1],
                Accumulate = into.Accumulate,
            });
        }
    }

    internal override void RowNorms(Tensor x, Tensor y)
    {
        if (!IsDense(x) || !IsDense(y)) { Plainly.RowNorms(x, y); }
        else { RunRows(x, new RowNormKernel { X = Floats(x), Y = Floats(y), Width = x.Shape[-1] }); }
    }

    internal override void Softmax(Tensor x, Tensor y)
    {
        if (!IsDense(x) || !IsDense(y)) { Plainly.Softmax(x, y); }
        else { RunRows(x, new SoftmaxKernel { X = Floats(x), Y = Floats(y), Width = x.Shape[-1] }); }
    }

    internal override void SoftmaxBackward(Tensor y, Tensor gy, Target gx)
    {
        if (!IsDense(y) || !IsDense(gy) || !IsDense(gx.Tensor))
        {
            Plainly.SoftmaxBackward(y, gy, gx);
            return;
        }

        RunRows(y, new SoftmaxBackwardKernel
        {
            P = Floats(y),
            G = Floats(gy),
            Y = Floats(gx.Tensor),
            Width = y.Shape[-1],
            Accumulate = gx.Accumulate,
        });
    }

    // A few rows of a few classes: float64 costs nothing here.
    internal override void CrossEntropy(Tensor logits, Tensor targets, Tensor loss, Tensor probabilities) =>
        Plainly.CrossEntropy(logits, targets, loss, probabilities);

    internal override void CrossEntropyBackward(Tensor probabilities, Tensor targets, Tensor gloss, Target glogits) =>
        Plainly.CrossEntropyBackward(probabilities, targets, gloss, glogits);

    private static float* Floats(Tensor? x) => x is null ? null : (float*)x.Address;

    /// <summary>Runs a kernel over the vectors along the last axis.</summary>
    private void RunRows<TKernel>(Tensor x, TKernel kernel)
        where TKernel : struct, IRangeKernel
        => Ranges.Run(Set, Workers, x.Shape.Rows, Ranges.RowsWorthwhile(x.Shape[-1]), kernel);
}
