namespace HkaFer.Tensors;

/// <summary>y = f(x) elementwise.</summary>
internal sealed class ActivationOp(Activation kind, Tensor x) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Apply(x.Shape);

    internal override void Forward(Device d) => d.Activate(kind, x, Y);

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { d.ActivateBackward(kind, x, g[Y], g.Into(x)); }
    }
}

/// <summary>y = a * b elementwise.</summary>
internal sealed class MultiplyOp(Tensor a, Tensor b) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new[] { a, b };

    internal Tensor Apply() => Apply(a.Shape);

    internal override void Forward(Device d) => d.Multiply(a, b, Y);

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(a)) { d.Multiply(g[Y], b, g.Into(a)); }
        if (g.Wants(b)) { d.Multiply(g[Y], a, g.Into(b)); }
    }
}

/// <summary>y = residual + x * scale: residual connection and layer scale. scale [width] or none.</summary>
internal sealed class AddScaledOp(Tensor x, Tensor? scale, Tensor? residual) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new[] { x, scale, residual };

    internal Tensor Apply() => Apply(x.Shape);

    internal override void Forward(Device d) => d.AddScaled(x, scale, residual, Y);

    internal override void Backward(Device d, Gradients g)
    {
        d.AddScaledBackward(x, scale, g[Y], g.IntoWanted(x), g.IntoWanted(scale));

        // Last: whoever takes the gradient over may add to it.
        if (g.Wants(residual)) { g.Pass(residual, g[Y]); }
    }
}

/// <summary>y = x + b with b repeated along x's leading axes: position embeddings.</summary>
internal sealed class AddBroadcastOp(Tensor x, Tensor b) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new[] { x, b };

    internal Tensor Apply() => Apply(x.Shape);

    internal override void Forward(Device d)
    {
        d.Copy(x, Y);
        d.Copy(b.BroadcastView(x.Shape), new Target(Y, true));
    }

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(b)) { ExpandOp.Unexpand(d, g[Y], b, g.Into(b)); }
        if (g.Wants(x)) { g.Pass(x, g[Y]); }
    }
}

/// <summary>y = factor * x.</summary>
internal sealed class ScaleOp(Tensor x, double factor) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Apply(x.Shape);

    internal override void Forward(Device d) => d.Scale(x, factor, Y);

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { d.Scale(g[Y], factor, g.Into(x)); }
    }
}

/// <summary>The sum over all leading axes: [.., n] -> [n].</summary>
internal sealed class SumRowsOp(Tensor x) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    internal Tensor Apply() => Apply([x.Shape[-1]]);

    internal override void Forward(Device d) => d.SumRows(x, Y);

    internal override void Backward(Device d, Gradients g)
    {
        if (g.Wants(x)) { d.Copy(g[Y].BroadcastView(x.Shape), g.Into(x)); }
    }
}

public static partial class Ops
{
    /// <summary>A nonlinearity, elementwise.</summary>
    public static Tensor Activate(Activation kind, Tensor x) => new ActivationOp(kind, x.Contiguous()).Apply();

    /// <summary>Exact GELU, x * Phi(x).</summary>
    public static Tensor Gelu(Tensor x) => Activate(Activation.Gelu, x);

    /// <summary>a * b elementwise, shapes equal.</summary>
    public static Tensor Multiply(Tensor a, Tensor b)
    {
        Guard.SameShape("multiply", a, b);
        return new MultiplyOp(a.Contiguous(), b.Contiguous()).Apply();
    }

    /// <summary>a + b, shapes equal.</summary>
    public static Tensor Add(Tensor a, Tensor b) => AddScaled(b, null, a);

    /// <summary>residual + x * scale.</summary>
    /// <param name="x"><c>[.., width]</c>.</param>
    /// <param name="scale"><c>[width]</c> (layer scale), or none.</param>
    /// <param name="residual">Shape of x, or none.</param>
    public static Tensor AddScaled(Tensor x, Tensor? scale, Tensor? residual)
    {
        if (residual is not null)
        {
            Guard.SameShape("add", x, residual);
        }

        if (scale is not null)
        {
            Guard.HasShape("add", "scale", scale, [x.Shape[-1]]);
        }

        return new AddScaledOp(x.Contiguous(), scale, residual?.Contiguous()).Apply();
    }

    /// <summary>x + b, b repeated along x's leading axes (and leading axes of one element).</summary>
    /// <exception cref="HkaFerException">b does not fit, or another than a leading axis would be repeated.</exception>
    public static Tensor AddBroadcast(Tensor x, Tensor b)
    {
        CheckLeadingRepeats("add", b, x.Shape);
        return new AddBroadcastOp(x.Contiguous(), b.Contiguous()).Apply();
    }

    /// <summary>factor * x.</summary>
    public static Tensor Scale(Tensor x, double factor) => new ScaleOp(x.Contiguous(), factor).Apply();

    /// <summary>Sum over all leading axes: <c>[.., n] -> [n]</c>.</summary>
    public static Tensor SumRows(Tensor x) => new SumRowsOp(x.Contiguous()).Apply();

    /// <summary>Sum of all elements, a scalar.</summary>
    public static Tensor Sum(Tensor x) => SumRows(x.Contiguous().Reshape(-1, 1)).Reshape();
}
