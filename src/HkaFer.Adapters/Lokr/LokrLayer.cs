using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// Scale times W1 (x) W2 beside a linear layer: one Kronecker pair of <see cref="Ops.AddKronecker"/>, so that the product never exists. W1, or the
/// first factor of it, starts at zero and so a new adapter changes nothing.
/// </summary>
public sealed class LokrLayer : AdapterLayer
{
    private readonly Parameter[] _w1;
    private readonly Parameter[] _w2;

    internal LokrLayer(string path, int input, int output, LoKr config)
        : base(path, input, output)
    {
        Config = config;
        (int l, int k) = config.Factors(output);
        (int m, int n) = config.Factors(input);
        int r = config.Rank;
        _w1 = config.DecomposeBoth && 2L * r < Math.Max(l, m)
            ? [Declare("lokr_w1_a", [l, r], Init.Zeros), Declare("lokr_w1_b", [r, m], Fan(m))]
            : [Declare("lokr_w1", [l, m], Init.Zeros)];
        _w2 = 2L * r < Math.Max(k, n)
            ? [Declare("lokr_w2_a", [k, r], Fan(r)), Declare("lokr_w2_b", [r, n], Fan(n))]
            : [Declare("lokr_w2", [k, n], Fan(n))];
    }

    /// <summary>Rank and alpha of this layer.</summary>
    public LoKr Config { get; }

    /// <summary>W1 <c>[l, m]</c>, or its two factors.</summary>
    public IReadOnlyList<Parameter> W1 => _w1;

    /// <summary>W2 <c>[out / l, in / m]</c>, or its two factors.</summary>
    public IReadOnlyList<Parameter> W2 => _w2;

    /// <inheritdoc/>
    internal override bool WritesInPlace => !IsPart;

    /// <inheritdoc/>
    protected override Tensor AddEnabled(Tensor x, Tensor y) => Ops.AddKronecker(y, x, new KroneckerAdapterSet
    {
        C = [Product(_w1)],
        D = [Product(_w2)],
        Router = Router.Sum,
        Beta = Config.Scale,
    });

    private static Tensor Product(Parameter[] factors) => factors.Length == 1 ? factors[0] : Ops.MatMul(factors[0], factors[1]);

    private static Init Fan(int columns) => Init.Uniform(1 / Math.Sqrt(columns));
}
