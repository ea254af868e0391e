using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

// Copies between layouts and types.
internal sealed unsafe partial class CpuDevice
{
    internal override void Copy(Tensor x, Target y)
    {
        if (x.Count == 0)
        {
            return;
        }

        if (!CopyPlan.TryMake(x, y.Tensor, out CopyPlan plan) || !(CopyRows(x, y, plan) || CopyTransposed(x, y, plan)))
        {
            Plainly.Copy(x, y);
        }
    }

    /// <summary>Copies whose last axis is dense in the target, and dense or one element in the source.</summary>
    private bool CopyRows(Tensor x, Target y, CopyPlan plan)
    {
        int last = plan.Rank - 1;
        if (plan.To[last] != 1 || plan.From[last] is not (0 or 1) || Kind(x.DType, y, repeated: plan.From[last] == 0) is not { } kind)
        {
            return false;
        }

        CopyPlan outer = plan.Without(last, last);
        if (outer.Rank == 0)
        {
            CopyRow((byte*)x.Address, y.Tensor, kind, plan.From[last], plan.Sizes[last], x.DType.Size());
            return true;
        }

        var copy = new RowCopy
        {
            X = (byte*)x.Address,
            Y = (byte*)y.Tensor.Address,
            XSize = x.DType.Size(),
            YSize = y.Tensor.DType.Size(),
            Kind = kind,
            Outer = outer,
            Rows = outer.Count,
            Length = plan.Sizes[last],
            LastLength = plan.Sizes[last],
        };
        Ranges.Run(Set, Workers, copy.Rows, Ranges.RowsWorthwhile(copy.Length), copy);
        return true;
    }

    /// <summary>One row that fills the target, cut into pieces for threads. Source stride 1, or 0 to repeat one element.</summary>
    private void CopyRow(byte* x, Tensor y, RowCopyKind kind, long xStride, long count, int xSize = sizeof(float))
    {
        long rows = (count + Ranges.Worthwhile - 1) / Ranges.Worthwhile;
        Ranges.Run(Set, Workers, rows, 1, new RowCopy
        {
            X = x,
            Y = (byte*)y.Address,
            XSize = xSize,
            YSize = y.DType.Size(),
            Kind = kind,
            Outer = CopyPlan.Line(rows, xStride * Ranges.Worthwhile, Ranges.Worthwhile),
            Rows = rows,
            Length = Ranges.Worthwhile,
            LastLength = count - ((rows - 1) * Ranges.Worthwhile),
        });
    }

    /// <summary>Copies of float32 whose dense axes differ.</summary>
    private bool CopyTransposed(Tensor x, Target y, CopyPlan plan)
    {
        int last = plan.Rank - 1, dense = 0;
        while (dense < last && plan.From[dense] != 1) { dense++; }
        if (dense == last || plan.To[last] != 1 || x.DType != DType.Float32 || y.Tensor.DType != DType.Float32)
        {
            return false;
        }

        var copy = new TransposeCopy
        {
            X = Floats(x),
            Y = Floats(y.Tensor),
            Outer = plan.Without(dense, last),
            Rows = plan.Sizes[last],
            Columns = plan.Sizes[dense],
            XStride = plan.From[last],
            YStride = plan.To[dense],
            Accumulate = y.Accumulate,
        };
        Ranges.Run(Set, Workers, copy.Outer.Count * copy.Strips, Ranges.RowsWorthwhile(copy.Rows * 32), copy);
        return true;
    }

    private static RowCopyKind? Kind(DType from, Target y, bool repeated) => (from, y.Tensor.DType, y.Accumulate, repeated) switch
    {
        (DType.Float32, DType.Float32, false, true) => RowCopyKind.Repeat,
        (DType.Float32, DType.Float32, true, true) => RowCopyKind.RepeatAdd,
        (_, _, _, true) => null,
        (DType.Float32, DType.Float32, true, _) => RowCopyKind.Add,
        (_, _, true, _) => null,
        (DType.BFloat16, DType.Float32, _, _) => RowCopyKind.FromBFloat16,
        (DType.Float32, DType.BFloat16, _, _) => RowCopyKind.ToBFloat16,
        (DType.Float16, DType.Float32, _, _) => RowCopyKind.FromFloat16,
        (DType.Float32, DType.Float16, _, _) => RowCopyKind.ToFloat16,
        var (a, b, _, _) => a == b ? RowCopyKind.Bytes : null,
    };
}
