using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

// Attention.
internal sealed unsafe partial class CpuDevice
{
    internal override void Attention(Tensor q, Tensor k, Tensor v, double scale, bool causal, Tensor y, Tensor lse, bool narrow = false)
    {
        if (k.Count == 0 || !TakesHeads(q, k, v, y) || !IsDense(lse))
        {
            Plainly.Attention(q, k, v, scale, causal, y, lse);
            return;
        }

        var problem = new AttentionProblem(q, k, v, scale, causal, y, lse);
        bool rounds = narrow && IsNarrow(problem);
        int heads = q.Shape[0] * q.Shape[1];
        int blocks = rounds ? new BFloat16Heads(OneDnnLibrary.Found!, problem).Blocks : (q.Shape[2] + AttentionForward.Block - 1) / AttentionForward.Block;

        // Few heads are split, so that every thread has some four items and the last one does not run alone for long.
        int splits = heads >= 4 * Workers.Count ? 1 : Math.Min(blocks, ((4 * Workers.Count) + heads - 1) / heads);
        if (rounds)
        {
            Ranges.Run(Set, Workers, (long)heads * splits, 1, new BFloat16AttentionForward { Library = OneDnnLibrary.Found!, Problem = problem, Splits = splits });
        }
        else
        {
            Ranges.Run(Set, Workers, (long)heads * splits, 1, new AttentionForward { Problem = problem, Splits = splits });
        }
    }

    internal override void AttentionBackward(
        Tensor q, Tensor k, Tensor v, double scale, bool causal, Tensor y, Tensor lse, Tensor gy, Target gq, Target gk, Target gv, bool narrow = false)
    {
        if (k.Count == 0 || !TakesHeads(q, k, v, y) || !TakesHeads(gy, gq.Tensor, gk.Tensor, gv.Tensor) || !IsDense(lse))
        {
            Plainly.AttentionBackward(q, k, v, scale, causal, y, lse, gy, gq, gk, gv);
            return;
        }

        var kernel = new AttentionBackward
        {
            Problem = new AttentionProblem(q, k, v, scale, causal, y, lse),
            G = new HeadView(gy),
            GQ = new HeadView(gq.Tensor),
            GK = new HeadView(gk.Tensor),
            GV = new HeadView(gv.Tensor),
            AddQ = gq.Accumulate,
            AddK = gk.Accumulate,
            AddV = gv.Accumulate,
        };
        long keyHeads = (long)k.Shape[0] * k.Shape[1];
        if (narrow && IsNarrow(kernel.Problem))
        {
            Ranges.Run(Set, Workers, keyHeads, 1, new BFloat16AttentionBackward { Library = OneDnnLibrary.Found!, Plain = kernel });
        }
        else
        {
            Ranges.Run(Set, Workers, keyHeads, 1, kernel);
        }
    }

    internal override void Rotate(Tensor x, Tensor cos, Tensor sin, bool back, Target y)
    {
        (Tensor into, bool accumulate) = y;
        if (x.DType != DType.Float32 || into.DType != DType.Float32 || x.Strides[2] != 1 || into.Strides[2] != 1 || !IsDense(cos) || !IsDense(sin))
        {
            Plainly.Rotate(x, cos, sin, back, y);
            return;
        }

        var kernel = new RotaryKernel
        {
            X = Floats(x),
            Y = Floats(into),
            Cos = Floats(cos),
            Sin = Floats(sin),
            XToken = x.Strides[0],
            XHead = x.Strides[1],
            YToken = into.Strides[0],
            YHead = into.Strides[1],
            Heads = x.Shape[1],
            Half = x.Shape[2] / 2,
            Direction = back ? -1 : 1,
            Accumulate = accumulate,
        };
        Ranges.Run(Set, Workers, x.Shape[0], Ranges.RowsWorthwhile((long)x.Shape[1] * x.Shape[2]), kernel);
    }

    private bool IsNarrow(in AttentionProblem p) => BFloat16Arithmetic && OneDnnLibrary.Found!.IsSliced && BFloat16Heads.Takes(p);

    private static bool TakesHeads(Tensor a, Tensor b, Tensor c, Tensor d) =>
        HeadView.Takes(a) && HeadView.Takes(b) && HeadView.Takes(c) && HeadView.Takes(d);
}
