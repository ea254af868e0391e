namespace HkaFer.Tensors;

/// <summary>
/// Kronecker adapters with their router, added to a layer's output in place. Nothing but the inputs is kept: the backward pass recomputes the
/// small intermediates. The result is the base's memory, which the operation that made the base must not need again.
/// </summary>
internal sealed class KroneckerOp : Operation
{
    private readonly KroneckerAdapterSet _set;
    private readonly Tensor _base;
    private readonly Tensor _x;
    private readonly Tensor?[] _inputs;
    private readonly Tensor? _probabilities;

    internal KroneckerOp(Tensor baseOutput, Tensor x, KroneckerAdapterSet set, Tensor? probabilities)
    {
        (_base, _x, _set, _probabilities) = (baseOutput, x, set, probabilities);
        _inputs = [baseOutput, x, .. set.C, .. set.D, set.W1s, set.W2s, set.W1r, set.W2r, set.Lambda];
    }

    internal override ReadOnlySpan<Tensor?> Inputs => _inputs;

    internal Tensor Apply() => Finish(_base.Detach());

    internal override void Forward(Device d) => d.Kronecker(Problem(_probabilities));

    internal override void Backward(Device d, Gradients g)
    {
        d.KroneckerBackward(Problem(null), new KroneckerGradients
        {
            Y = g[Y],
            X = g.IntoWanted(_x),
            C = [.. _set.C.Select(g.IntoWanted)],
            D = [.. _set.D.Select(g.IntoWanted)],
            W1s = g.IntoWanted(_set.W1s),
            W2s = g.IntoWanted(_set.W2s),
            W1r = g.IntoWanted(_set.W1r),
            W2r = g.IntoWanted(_set.W2r),
            Lambda = g.IntoWanted(_set.Lambda),
        });
        if (g.Wants(_base)) { g.Pass(_base, g[Y]); }
    }

    private KroneckerProblem Problem(Tensor? probabilities) => new()
    {
        X = _x,
        Y = Y,
        C = _set.C,
        D = _set.D,
        Router = _set.Router,
        Pooling = _set.Pooling,
        Group = _set.Group,
        Beta = _set.Beta,
        W1s = _set.W1s,
        W2s = _set.W2s,
        W1r = _set.W1r,
        W2r = _set.W2r,
        Lambda = _set.Lambda,
        Probabilities = probabilities,
    };
}
