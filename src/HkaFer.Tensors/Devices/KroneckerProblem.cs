namespace HkaFer.Tensors;

/// <summary>How the probabilities of a layer's Kronecker adapters are made (method, equations 8-14).</summary>
public enum Router
{
    /// <summary>All adapters weigh 1.</summary>
    Sum,

    /// <summary>SB: from the layer's pooled input.</summary>
    SpatialBranch,

    /// <summary>RB: from each adapter's pooled output, gated by the input.</summary>
    RelationBranch,

    /// <summary>DBIR: both, mixed by a learned lambda.</summary>
    DualBranch,
}

/// <summary>How a vector is averaged over groups before the router.</summary>
public enum Pooling
{
    /// <summary>Group r holds entries 16r .. 16r+15.</summary>
    Contiguous,

    /// <summary>Group r holds entries r, r + d/16, ..: the paper's column stacking read strictly.</summary>
    Strided,
}

/// <summary>
/// The Kronecker adapters of one layer: y += beta * sum_i p_i (C_i (x) D_i) x, in place. (C (x) D) x is C X D^T with x read row-major as
/// X [l, l'] and the result [q, q'] flattened row-major; the product is never formed. With r = d / group and N adapters:
/// logit_s = W2s sigmoid(W1s pool(x)), logit_r[i] = W2r[i] . sigmoid((W1r pool(f_i)) * (W1s pool(x))), each through a softmax over adapters;
/// SB takes the first, RB the second, DBIR lambda p_s + (1 - lambda) p_r.
/// </summary>
internal sealed class KroneckerProblem
{
    /// <summary>Input [.., d1], dense.</summary>
    internal required Tensor X { get; init; }

    /// <summary>Output [.., d2], dense; added to.</summary>
    internal required Tensor Y { get; init; }

    /// <summary>C_i [q, l].</summary>
    internal required Tensor[] C { get; init; }

    /// <summary>D_i [q', l'] with l l' = d1 and q q' = d2.</summary>
    internal required Tensor[] D { get; init; }

    internal required Router Router { get; init; }

    internal Pooling Pooling { get; init; }

    /// <summary>Entries averaged into one: 1 / gamma.</summary>
    internal int Group { get; init; } = 16;

    internal double Beta { get; init; } = 2;

    /// <summary>W1s [2N, d1 / group]; absent for <see cref="Router.Sum"/>.</summary>
    internal Tensor? W1s { get; init; }

    /// <summary>W2s [N, 2N]; SB and DBIR.</summary>
    internal Tensor? W2s { get; init; }

    /// <summary>W1r [2N, d2 / group]; RB and DBIR.</summary>
    internal Tensor? W1r { get; init; }

    /// <summary>W2r [N, 2N]; RB and DBIR.</summary>
    internal Tensor? W2r { get; init; }

    /// <summary>Lambda, a scalar; DBIR.</summary>
    internal Tensor? Lambda { get; init; }

    /// <summary>Where to leave p [.., N], or null. The backward pass recomputes what it needs from the inputs.</summary>
    internal Tensor? Probabilities { get; set; }

    /// <summary>Number of adapters.</summary>
    internal int Count => C.Length;
}

/// <summary>Gradients of <see cref="KroneckerProblem"/>: the one that flows in, and a target for each that is wanted.</summary>
internal sealed class KroneckerGradients
{
    /// <summary>Gradient of Y [.., d2].</summary>
    internal required Tensor Y { get; init; }

    internal Target? X { get; init; }

    internal required Target?[] C { get; init; }

    internal required Target?[] D { get; init; }

    internal Target? W1s { get; init; }

    internal Target? W2s { get; init; }

    internal Target? W1r { get; init; }

    internal Target? W2r { get; init; }

    internal Target? Lambda { get; init; }
}
