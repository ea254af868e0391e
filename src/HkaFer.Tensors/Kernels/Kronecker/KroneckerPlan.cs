namespace HkaFer.Tensors.Kernels;

/// <summary>
/// What follows from the shapes of a <see cref="KroneckerProblem"/> alone: the order of each adapter, which go together, and where
/// everything lies in scratch memory. Made once for each kind of layer and never changed, so calls share it.
/// </summary>
internal sealed class KroneckerPlan
{
    private readonly Shape[] _c;
    private readonly Shape[] _d;

    internal KroneckerPlan(KroneckerProblem p)
    {
        Count = p.Count;
        In = p.X.Shape[-1];
        Out = p.Y.Shape[-1];
        Router = p.Router;
        Pooling = p.Pooling;
        Group = Routed ? p.Group : 1;
        PooledIn = In / Group;
        PooledOut = Out / Group;
        _c = [.. p.C.Select(x => x.Shape)];
        _d = [.. p.D.Select(x => x.Shape)];
        Paths = [.. Enumerable.Range(0, Count).Select(i => new KroneckerPath(_c[i], _d[i], Router, Pooling, Group))];
        List<KroneckerBundle> bundles = [];
        foreach (var path in Paths)
        {
            var bundle = bundles.Find(b => b.Fits(path));
            if (bundle is null)
            {
                bundles.Add(bundle = new(path));
            }
            bundle.Add(path);
        }
        Bundles = [.. bundles];
        LayOutForward();
        ForwardVectors = Vectors;
        LayOutBackward();
        LayOutWeights();
        LayOutSums();
    }

    /// <summary>Adapters.</summary>
    internal int Count { get; }

    internal int In { get; }

    internal int Out { get; }

    internal Router Router { get; }

    internal Pooling Pooling { get; }

    internal int Group { get; }

    internal bool Routed => Router != Router.Sum;

    internal bool Spatial => Router is Router.SpatialBranch or Router.DualBranch;

    internal bool Relation => Router is Router.RelationBranch or Router.DualBranch;

    /// <summary>2N.</summary>
    internal int Hidden => 2 * Count;

    internal int PooledIn { get; }

    internal int PooledOut { get; }

    internal KroneckerPath[] Paths { get; }

    internal KroneckerBundle[] Bundles { get; }

    /// <summary>Vectors that a group of tokens takes: in the forward pass, and in all.</summary>
    internal int ForwardVectors { get; }

    internal int Vectors { get; private set; }

    /// <summary>Floats of packed weights, and of one chunk's gradient sums.</summary>
    internal int Weights { get; private set; }

    internal int Sums { get; private set; }

    // Vectors from the start of a group's memory. F is the output in the forward pass and its gradient in the backward pass.
    internal int X { get; private set; }

    internal int F { get; private set; }

    /// <summary>Pooled x [r], and W1s times it [2N].</summary>
    internal int PooledX { get; private set; }

    internal int HiddenS { get; private set; }

    /// <summary>Pooled f_i [N, r], and W1r times it [N, 2N].</summary>
    internal int PooledF { get; private set; }

    internal int HiddenR { get; private set; }

    /// <summary>Sigmoids: [2N] of SB, [N, 2N] of RB.</summary>
    internal int SigmoidS { get; private set; }

    internal int SigmoidR { get; private set; }

    /// <summary>Probabilities [N]: by branch and mixed.</summary>
    internal int ProbabilityS { get; private set; }

    internal int ProbabilityR { get; private set; }

    internal int Probability { get; private set; }

    // The gradients of the above.
    internal int GradX { get; private set; }

    internal int GradPooledX { get; private set; }

    internal int GradHiddenS { get; private set; }

    internal int GradPooledF { get; private set; }

    internal int GradHiddenR { get; private set; }

    internal int GradLogitS { get; private set; }

    internal int GradLogitR { get; private set; }

    /// <summary>Gradient of U summed by row classes, of one adapter at a time.</summary>
    internal int GradPooledU { get; private set; }

    // Floats from the start of the weights.
    internal int W1s { get; private set; }

    internal int W1sTransposed { get; private set; }

    internal int W1r { get; private set; }

    internal int W1rTransposed { get; private set; }

    // Floats from the start of a chunk's sums.
    internal int SumW1s { get; private set; }

    internal int SumW2s { get; private set; }

    internal int SumW1r { get; private set; }

    internal int SumW2r { get; private set; }

    internal int SumLambda { get; private set; }

    /// <summary>Whether this plan is the problem's; allocates nothing.</summary>
    internal bool Fits(KroneckerProblem p)
    {
        if (p.Count != Count || p.Router != Router || (Routed && (p.Pooling != Pooling || p.Group != Group)))
        {
            return false;
        }
        for (var i = 0; i < Count; i++)
        {
            if (p.C[i].Shape != _c[i] || p.D[i].Shape != _d[i])
            {
                return false;
            }
        }
        return true;
    }

    private void LayOutForward()
    {
        X = Take(In);
        F = Take(Out);
        foreach (var bundle in Bundles)
        {
            bundle.U = Take(bundle.P * bundle.J);
        }
        PooledX = Take(Routed ? PooledIn : 0);
        HiddenS = Take(Hidden);
        SigmoidS = Take(Hidden);
        PooledF = Take(Relation ? Count * PooledOut : 0);
        HiddenR = Take(Relation ? Count * Hidden : 0);
        SigmoidR = Take(Relation ? Count * Hidden : 0);
        ProbabilityS = Take(Count);
        ProbabilityR = Take(Count);
        Probability = Take(Count);
        foreach (var path in Paths)
        {
            path.PooledU = Take(path.RowClasses.IsIdentity ? 0 : path.RowClasses.Count * path.J);
            path.ReducedF = Take(path.Reduced);
        }

        int Take(int vectors)
        {
            var at = Vectors;
            Vectors = checked(at + vectors);
            return at;
        }
    }

    private void LayOutBackward()
    {
        GradX = Take(In);
        foreach (var bundle in Bundles)
        {
            bundle.V = Take(bundle.P * bundle.J);
        }
        GradPooledX = Take(Routed ? PooledIn : 0);
        GradHiddenS = Take(Hidden);
        GradPooledF = Take(Relation ? Count * PooledOut : 0);
        GradHiddenR = Take(Relation ? Count * Hidden : 0);
        GradLogitS = Take(Count);
        GradLogitR = Take(Count);
        GradPooledU = Take(Paths.Max(path => path.RowClasses.IsIdentity ? 0 : path.RowClasses.Count * path.J));

        int Take(int vectors)
        {
            var at = Vectors;
            Vectors = checked(at + vectors);
            return at;
        }
    }

    private void LayOutWeights()
    {
        foreach (var path in Paths)
        {
            path.A = Packed(path.P, path.I);
            path.ATransposed = Packed(path.I, path.P);
            if (Relation)
            {
                path.ReducedB = Take(path.ColumnClasses.Count * path.J);
                path.ReducedBPacked = Packed(path.ColumnClasses.Count, path.J);
                path.ReducedBTransposed = Packed(path.J, path.ColumnClasses.Count);
            }
        }
        foreach (var bundle in Bundles)
        {
            bundle.Plain = Take(bundle.S * bundle.J);
            bundle.B = Packed(bundle.S, bundle.J);
            bundle.BTransposed = Packed(bundle.J, bundle.S);
        }
        if (Routed)
        {
            W1s = Packed(Hidden, PooledIn);
            W1sTransposed = Packed(PooledIn, Hidden);
        }
        if (Relation)
        {
            W1r = Packed(Hidden, PooledOut);
            W1rTransposed = Packed(PooledOut, Hidden);
        }

        int Packed(int rows, int depth) => Take(TokenProduct.PackedLength(rows, depth));

        int Take(int floats)
        {
            var at = Weights;
            Weights = checked(at + Pad(floats));
            return at;
        }
    }

    private void LayOutSums()
    {
        foreach (var path in Paths)
        {
            path.GradA = Take(path.P * path.I);
            path.GradReducedB = Take(Relation ? path.ColumnClasses.Count * path.J : 0);
        }
        foreach (var bundle in Bundles)
        {
            bundle.GradB = Take(bundle.S * bundle.J);
        }
        SumW1s = Take(Routed ? Hidden * PooledIn : 0);
        SumW2s = Take(Spatial ? Count * Hidden : 0);
        SumW1r = Take(Relation ? Hidden * PooledOut : 0);
        SumW2r = Take(Relation ? Count * Hidden : 0);
        SumLambda = Take(1);

        int Take(int floats)
        {
            var at = Sums;
            Sums = checked(at + Pad(floats));
            return at;
        }
    }

    /// <summary>Up to a cache line, so that no two matrices share one.</summary>
    private static int Pad(int floats) => (floats + 15) & ~15;
}
