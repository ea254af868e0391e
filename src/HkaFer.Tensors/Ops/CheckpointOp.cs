namespace HkaFer.Tensors;

/// <summary>y = part(x), whose intermediates are dropped and computed again in the backward pass: activation checkpointing.</summary>
internal sealed class CheckpointOp(Func<Tensor, Tensor> part, Tensor x) : Operation
{
    private bool _wanted;

    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { x };

    /// <summary>A gradient may be wanted by parameters inside the part alone, so its own recording says whether this is recorded.</summary>
    internal Tensor Apply()
    {
        using var region = new Region();
        Tensor y = part(x);
        _wanted = y.RequiresGrad;
        region.Promote(y.Storage);
        return Finish(y.Detach());
    }

    private protected override bool WantsGradient => _wanted;

    internal override void Forward(Device d)
    {
        // The part has run already: its shape is known only then.
    }

    internal override void Backward(Device d, Gradients g)
    {
        if (g.IsSelective)
        {
            Selective(d, g);
            return;
        }

        // A leaf whose gradient is the input's: what the part adds to it goes where the outer pass wants it, in the same order.
        Tensor leaf = x.Detach();
        if (g.IntoWanted(x) is { } into)
        {
            (leaf.RequiresGrad, leaf.GradBuffer, leaf.HasGrad) = (true, into.Tensor, into.Accumulate);
        }

        using var region = new Region();
        part(leaf).Backward(g[Y]);
        if (leaf is { RequiresGrad: true, HasGrad: false })
        {
            d.Fill(leaf.GradBuffer!, 0);
        }
    }

    /// <summary>As <see cref="Backward"/> where the parameters inside the part keep their gradients.</summary>
    private void Selective(Device d, Gradients g)
    {
        if (!g.Wants(x)) { return; }
        Tensor leaf = x.Detach();
        leaf.RequiresGrad = true;
        Target into = g.Into(x);
        using var region = new Region();
        Gradients.AddTo(leaf, into, part(leaf), g[Y]);
    }
}
