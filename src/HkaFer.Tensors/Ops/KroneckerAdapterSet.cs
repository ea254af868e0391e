namespace HkaFer.Tensors;

/// <summary>The weights and options of one layer's Kronecker adapters (method, equations 4-14).</summary>
public sealed record KroneckerAdapterSet
{
    /// <summary>C_i <c>[q, l]</c>, one an adapter.</summary>
    public required Tensor[] C { get; init; }

    /// <summary>D_i <c>[q', l']</c> with l l' = input width and q q' = output width.</summary>
    public required Tensor[] D { get; init; }

    /// <summary>How the adapters' probabilities are made.</summary>
    public Router Router { get; init; }

    /// <summary>How vectors are averaged before the router.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>Entries averaged into one: 1 / gamma.</summary>
    public int Group { get; init; } = 16;

    /// <summary>Strength of the adapters.</summary>
    public double Beta { get; init; } = 2;

    /// <summary>W1s <c>[2N, in / group]</c>; every router but <see cref="Router.Sum"/>.</summary>
    public Tensor? W1s { get; init; }

    /// <summary>W2s <c>[N, 2N]</c>; SB and DBIR.</summary>
    public Tensor? W2s { get; init; }

    /// <summary>W1r <c>[2N, out / group]</c>; RB and DBIR.</summary>
    public Tensor? W1r { get; init; }

    /// <summary>W2r <c>[N, 2N]</c>, row i for adapter i; RB and DBIR.</summary>
    public Tensor? W2r { get; init; }

    /// <summary>Lambda, a scalar; DBIR.</summary>
    public Tensor? Lambda { get; init; }
}

public static partial class Ops
{
    /// <summary>
    /// y + beta * sum_i p_i (C_i (x) D_i) x, written over y's memory (equation 7). Use the result, never y again.
    /// </summary>
    /// <param name="y"><c>[.., out]</c>, the layer's output.</param>
    /// <param name="x"><c>[.., in]</c>, its input.</param>
    /// <param name="set">Weights and options; shapes are checked.</param>
    /// <param name="probabilities"><c>[.., N]</c> where the router's probabilities are to be left, or none.</param>
    /// <exception cref="HkaFerException">A shape does not fit; the message names the matrix.</exception>
    public static Tensor AddKronecker(Tensor y, Tensor x, KroneckerAdapterSet set, Tensor? probabilities = null)
    {
        ArgumentNullException.ThrowIfNull(set);
        int n = set.C.Length, width = x.Shape[-1], output = y.Shape[-1];
        Guard.That(n > 0 && set.D.Length == n, $"kronecker: {n} matrices C, {set.D.Length} matrices D; expected as many, at least one");
        Guard.That(x.Shape.Leading == y.Shape.Leading, $"kronecker: input {x.Shape} does not fit output {y.Shape}");
        for (int i = 0; i < n; i++)
        {
            Shape c = set.C[i].Shape, d = set.D[i].Shape;
            Guard.That(
                c.Rank == 2 && d.Rank == 2 && c[1] * d[1] == width && c[0] * d[0] == output,
                $"kronecker: C.{i} {c} and D.{i} {d} do not map {width} to {output}; expected C [q, l], D [{output} / q, {width} / l]");
        }

        if (set.Router != Router.Sum)
        {
            Guard.That(
                set.Group > 0 && width % set.Group == 0 && output % set.Group == 0,
                $"kronecker: widths {width} and {output} must be divisible by the router's group {set.Group}");
            Require("w1s", set.W1s, [2 * n, width / set.Group]);
        }

        if (set.Router is Router.SpatialBranch or Router.DualBranch) { Require("w2s", set.W2s, [n, 2 * n]); }
        if (set.Router is Router.RelationBranch or Router.DualBranch)
        {
            Require("w1r", set.W1r, [2 * n, output / set.Group]);
            Require("w2r", set.W2r, [n, 2 * n]);
        }

        if (set.Router == Router.DualBranch) { Require("lambda", set.Lambda, []); }
        if (probabilities is not null) { Guard.HasShape("kronecker", "probabilities", probabilities, [.. x.Shape.Leading, n]); }
        return new KroneckerOp(y, x.Contiguous(), set, probabilities).Apply();

        static void Require(string name, Tensor? tensor, Shape shape)
        {
            Guard.That(tensor is not null, $"kronecker: router.{name} is missing; expected {shape}");
            Guard.HasShape("kronecker", $"router.{name}", tensor!, shape);
        }
    }
}
