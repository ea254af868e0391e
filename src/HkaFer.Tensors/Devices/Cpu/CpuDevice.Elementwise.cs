using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

// Elementwise kernels.
internal sealed unsafe partial class CpuDevice
{
    internal override void Fill(Tensor y, double value)
    {
        if (!IsDense(y))
        {
            Plainly.Fill(y, value);
            return;
        }

        float element = (float)value;
        CopyRow((byte*)&element, y, RowCopyKind.Repeat, 0, y.Count);
    }

    internal override void Scale(Tensor x, double scale, Target y)
    {
        if (IsDense(x) && IsDense(y.Tensor)) { Map(new ScaleOperator((float)scale), x, x, y); }
        else { Plainly.Scale(x, scale, y); }
    }

    internal override void Activate(Activation kind, Tensor x, Tensor y)
    {
        if (!IsDense(x) || !IsDense(y))
        {
            Plainly.Activate(kind, x, y);
            return;
        }

        switch (kind)
        {
            case Activation.Gelu: Map(default(GeluOperator), x, x, y); break;
            case Activation.QuickGelu: Map(GatedOperator.Quick, x, x, y); break;
            case Activation.Silu: Map(GatedOperator.Silu, x, x, y); break;
            case Activation.Sigmoid: Map(default(SigmoidOperator), x, x, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    internal override void ActivateBackward(Activation kind, Tensor x, Tensor gy, Target gx)
    {
        if (!IsDense(x) || !IsDense(gy) || !IsDense(gx.Tensor))
        {
            Plainly.ActivateBackward(kind, x, gy, gx);
            return;
        }

        switch (kind)
        {
            case Activation.Gelu: Map(default(GeluBackwardOperator), x, gy, gx); break;
            case Activation.QuickGelu: Map(new GatedBackwardOperator(1.702f), x, gy, gx); break;
            case Activation.Silu: Map(new GatedBackwardOperator(1), x, gy, gx); break;
            case Activation.Sigmoid: Map(default(SigmoidBackwardOperator), x, gy, gx); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    internal override void Multiply(Tensor a, Tensor b, Target y)
    {
        if (IsDense(a) && IsDense(b) && IsDense(y.Tensor)) { Map(default(MultiplyOperator), a, b, y); }
        else { Plainly.Multiply(a, b, y); }
    }

    internal override void Divide(Tensor a, Tensor b, Target y)
    {
        if (IsDense(a) && IsDense(b) && IsDense(y.Tensor)) { Map(default(DivideOperator), a, b, y); }
        else { Plainly.Divide(a, b, y); }
    }

    internal override void AddScaled(Tensor x, Tensor? scale, Tensor? residual, Tensor y)
    {
        if (!IsDense(x) || !IsDense(scale) || !IsDense(residual) || !IsDense(y)) { Plainly.AddScaled(x, scale, residual, y); }
        else if (scale is not null) { MapColumns(x, scale, residual, y); }
        else if (residual is not null) { Map(default(AddOperator), x, residual, y); }
        else { Copy(x, y); }
    }

    internal override void AddScaledBackward(Tensor x, Tensor? scale, Tensor gy, Target? gx, Target? gscale)
    {
        if (!IsDense(x) || !IsDense(scale) || !IsDense(gy) || !IsDense(gx?.Tensor) || !IsDense(gscale?.Tensor))
        {
            Plainly.AddScaledBackward(x, scale, gy, gx, gscale);
            return;
        }

        if (gx is { } into)
        {
            if (scale is null) { Copy(gy, into); }
            else { MapColumns(gy, scale, into.Accumulate ? into.Tensor : null, into.Tensor); }
        }

        if (gscale is { } sum) { SumColumns<ProductTerm>(x, gy, null, null, sum); }
    }

    internal override void SumRows(Tensor x, Target y)
    {
        if (!IsDense(x) || !IsDense(y.Tensor))
        {
            Plainly.SumRows(x, y);
        }
        else if (x.Shape[-1] == 1)
        {
            // One column has no strips for threads to take, and is as long as a tensor.
            float* into = Floats(y.Tensor);
            *into = (float)(BlockSum.Of(Floats(x), x.Count, false, Set, Workers) + (y.Accumulate ? *into : 0));
        }
        else
        {
            SumColumns<PlainTerm>(x, x, null, null, y);
        }
    }

    private void Map<TOperator>(TOperator f, Tensor a, Tensor b, Target y)
        where TOperator : struct, IElementwise
    {
        var kernel = new Elementwise<TOperator>
        {
            A = Floats(a),
            B = Floats(b),
            Y = Floats(y.Tensor),
            Accumulate = y.Accumulate,
            Operator = f,
        };
        Ranges.Run(Set, Workers, a.Count, Ranges.Worthwhile, kernel);
    }

    private void MapColumns(Tensor x, Tensor scale, Tensor? residual, Tensor y)
    {
        var kernel = new ScaleColumns
        {
            X = Floats(x),
            Scale = Floats(scale),
            Residual = Floats(residual),
            Y = Floats(y),
            Width = x.Shape[-1],
        };
        Ranges.Run(Set, Workers, x.Shape.Rows, Ranges.RowsWorthwhile(kernel.Width), kernel);
    }

    private void SumColumns<TTerm>(Tensor x, Tensor g, Tensor? shift, Tensor? factor, Target y)
        where TTerm : struct, IColumnTerm
    {
        var kernel = new ColumnSum<TTerm>
        {
            X = Floats(x),
            G = Floats(g),
            Shift = Floats(shift),
            Factor = Floats(factor),
            Y = Floats(y.Tensor),
            Rows = x.Shape.Rows,
            Width = x.Shape[-1],
            Accumulate = y.Accumulate,
        };
        Ranges.Run(Set, Workers, kernel.Width, ColumnSum<TTerm>.Part(kernel.Rows), kernel);
    }
}
