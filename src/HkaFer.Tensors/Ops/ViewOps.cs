namespace HkaFer.Tensors;

/// <summary>The same elements in another shape.</summary>
internal sealed class ReshapeOp(Tensor x, Shape shape) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Finish(x.ReshapeView(shape));

    internal override void Forward(Device d) { }

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { g.Pass(x, g[Y].ReshapeView(x.Shape)); }
    }
}

/// <summary>Two axes swapped.</summary>
internal sealed class TransposeOp(Tensor x, int first, int second) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Finish(x.TransposeView(first, second));

    internal override void Forward(Device d) { }

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { g.Pass(x, g[Y].TransposeView(first, second)); }
    }
}

/// <summary>A range of one axis.</summary>
internal sealed class SliceOp(Tensor x, int axis, int start, int length) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Finish(x.SliceView(axis, start, length));

    internal override void Forward(Device d) { }

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { d.Copy(g[Y], new Target(g.IntoZeroed(x).SliceView(axis, start, length), true)); }
    }
}

/// <summary>An axis of one element removed.</summary>
internal sealed class DropAxisOp(Tensor x, int axis, Shape shape) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Finish(x.DropAxisView(axis, shape));

    internal override void Forward(Device d) { }

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { g.Pass(x, g[Y].ReshapeView(x.Shape)); }
    }
}

/// <summary>Elements copied into row-major order, perhaps to another type.</summary>
internal sealed class CopyOp(Tensor x, DType dtype) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Apply(x.Shape, dtype);

    internal override void Forward(Device d) => d.Copy(x, Y);

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { d.Copy(g[Y], g.Into(x)); }
    }
}

/// <summary>x repeated along new leading axes and along axes of one element.</summary>
internal sealed class ExpandOp(Tensor x, Shape shape) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Apply(shape);

    internal override void Forward(Device d) => d.Copy(x.BroadcastView(shape), Y);

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { Unexpand(d, g[Y], x, g.Into(x)); }
    }

    /// <summary>Sums a gradient over the axes along which x was repeated; only leading axes are repeated in this program.</summary>
    internal static void Unexpand(Device d, Tensor gy, Tensor x, Target gx)
    {
        int count = checked((int)x.Count);
        d.SumRows(gy.ReshapeView([checked((int)(gy.Count / count)), count]), gx with { Tensor = gx.Tensor.ReshapeView([count]) });
    }
}

/// <summary>Tensors one after another along an axis.</summary>
internal sealed class ConcatOp(int axis, Tensor[] parts) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => parts;

    internal Tensor Apply()
    {
        int[] sizes = parts[0].Shape.Sizes.ToArray();
        sizes[axis] = parts.Sum(part => part.Shape[axis]);
        return Apply(Shape.Create(sizes));
    }

    internal override void Forward(Device d) => ForEachPart(Y, (part, place) => d.Copy(part, place));

    internal override void Backward(Device d, Gradients g) => ForEachPart(g[Y], (part, place) =>
    {
        if (g.Wants(part)) { d.Copy(place, g.Into(part)); }
    });

    private void ForEachPart(Tensor whole, Action<Tensor, Tensor> visit)
    {
        int start = 0;
        foreach (Tensor part in parts)
        {
            visit(part, whole.SliceView(axis, start, part.Shape[axis]));
            start += part.Shape[axis];
        }
    }
}

public static partial class Ops
{
    /// <summary>Tensors one after another along an axis; the other axes agree.</summary>
    /// <exception cref="HkaFerException">Shapes do not agree.</exception>
    public static Tensor Concat(int axis, params Tensor[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Guard.That(parts.Length > 0, "concat: needs at least one tensor");
        foreach (Tensor part in parts)
        {
            bool fits = part.Shape.Rank == parts[0].Shape.Rank;
            for (int i = 0; fits && i < part.Shape.Rank; i++)
            {
                fits = i == axis || part.Shape[i] == parts[0].Shape[i];
            }

            Guard.That(fits, $"concat: {part.Shape} does not fit {parts[0].Shape} along axis {axis}");
        }

        return new ConcatOp(axis, parts).Apply();
    }

    /// <summary>x repeated along new leading axes, and along leading axes of one element, into <paramref name="shape"/>.</summary>
    public static Tensor Expand(Tensor x, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(x);
        CheckLeadingRepeats("expand", x, shape);
        return new ExpandOp(x, shape).Apply();
    }

    /// <summary>Gradients of what is repeated are sums of rows, so only new axes and leading axes of one element may be.</summary>
    private static void CheckLeadingRepeats(string operation, Tensor x, Shape shape)
    {
        int lead = shape.Rank - x.Shape.Rank;
        Guard.That(lead >= 0, $"{operation}: {x.Shape} has more axes than {shape}");
        bool repeated = true;
        for (int i = 0; i < x.Shape.Rank; i++)
        {
            bool same = x.Shape[i] == shape[lead + i];
            Guard.That(same || (x.Shape[i] == 1 && repeated), $"{operation}: {x.Shape} does not fit {shape}; only leading axes can be repeated");
            repeated &= !same || x.Shape[i] == 1;
        }
    }
}
