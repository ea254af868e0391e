using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>The adapter beside one linear layer. C starts Kaiming-uniform, D zero and the gate level, so a new adapter changes nothing.</summary>
public sealed class MokaLayer : AdapterLayer
{
    private readonly double _scale;
    private readonly Parameter[] _c, _d;
    private readonly Parameter _gate;

    internal MokaLayer(string path, int input, int output, IReadOnlyList<(int Q, int L)> sizes, double scale)
        : base(path, input, output)
    {
        _scale = scale;
        _c = [.. sizes.Select((s, i) => Declare($"moka.C.{i}", [s.Q, s.L], Init.Uniform(1 / Math.Sqrt(s.L))))];
        _d = [.. sizes.Select((s, i) => Declare($"moka.D.{i}", [output / s.Q, input / s.L], Init.Zeros))];
        _gate = Declare("moka.gate", [sizes.Count], Init.Constant(1));
    }

    /// <inheritdoc/>
    internal override bool WritesInPlace => !IsPart;

    /// <inheritdoc/>
    protected override Tensor AddEnabled(Tensor x, Tensor y)
    {
        Tensor gate = Ops.Softmax(_gate.Value);

        // The weight of an adapter goes into its smaller matrix: a few hundred numbers a step instead of every token's output.
        return Ops.AddKronecker(y, x, new KroneckerAdapterSet
        {
            C = [.. _c.Select((c, i) => Weighed(c, gate.Slice(0, i, 1)))],
            D = [.. _d.Select(d => d.Value)],
            Router = Router.Sum,
            Beta = _scale,
        });
    }

    private static Tensor Weighed(Parameter c, Tensor weight) =>
        Ops.MatMul(c.Value.Reshape((int)c.Shape.Count, 1), weight.Reshape(1, 1)).Reshape(c.Shape.Sizes);
}
