using System.Runtime.InteropServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// One call's pointers and scratch memory. Rented and given back, so that a call allocates nothing once its kind of layer has been seen.
/// </summary>
internal sealed unsafe class KroneckerCall
{
    private float[] _memory = [];

    // Whoever holds the tensors may forget them once the call has begun, and memory without a tensor is the collector's.
    private KroneckerProblem? _problem;
    private Tensor? _gradY;

    internal KroneckerPlan Plan { get; private set; } = null!;

    /// <summary>Input [tokens, d1], and its gradient where wanted.</summary>
    internal float* X { get; private set; }

    internal float* GradX { get; private set; }

    internal bool AddToGradX { get; private set; }

    /// <summary>Whether the gradient of any weight is wanted.</summary>
    internal bool WantsWeights { get; private set; }

    /// <summary>Output [tokens, d2], or its gradient.</summary>
    internal float* Y { get; private set; }

    /// <summary>Where the probabilities [tokens, N] go, or null.</summary>
    internal float* Probabilities { get; private set; }

    internal float* W2s { get; private set; }

    internal float* W2r { get; private set; }

    /// <summary>How much SB weighs; 1 for SB alone, 0 for RB alone.</summary>
    internal float Lambda { get; private set; }

    internal float Beta { get; private set; }

    internal long Tokens { get; private set; }

    /// <summary>Packed weights; see <see cref="KroneckerPlan.Weights"/>.</summary>
    internal float* Weights { get; private set; }

    /// <summary>Gradient sums, chunk after chunk; see <see cref="KroneckerPlan.Sums"/>.</summary>
    internal float* Sums { get; private set; }

    /// <summary>Chunks of tokens whose gradients are summed apart.</summary>
    internal int Chunks { get; private set; }

    private float* Tiles { get; set; }

    private nint TileFloats { get; set; }

    /// <summary>A worker's own memory.</summary>
    internal float* Tile(int worker) => Tiles + (worker * TileFloats);

    /// <summary>Takes the problem's pointers, makes room and packs the weights.</summary>
    /// <param name="plan">The problem's plan.</param>
    /// <param name="p">The problem.</param>
    /// <param name="workers">Workers that need memory of their own.</param>
    /// <param name="tileFloats">Floats that each needs.</param>
    /// <param name="chunks">Chunks of gradient sums; 0 for the forward pass.</param>
    internal void Begin(KroneckerPlan plan, KroneckerProblem p, int workers, long tileFloats, int chunks)
    {
        (Plan, Chunks, TileFloats, _problem) = (plan, chunks, (nint)tileFloats, p);
        Tokens = p.X.Shape.Rows;
        X = Pointer(p.X);
        Y = Pointer(p.Y);
        GradX = null;
        Probabilities = Pointer(p.Probabilities);
        W2s = Pointer(p.W2s);
        W2r = Pointer(p.W2r);
        Lambda = p.Router == Router.DualBranch ? *Pointer(p.Lambda) : p.Router == Router.SpatialBranch ? 1 : 0;
        Beta = (float)p.Beta;
        Weights = Reserve(plan.Weights + (workers * tileFloats) + ((long)chunks * plan.Sums));
        Tiles = Weights + plan.Weights;
        Sums = Tiles + (workers * TileFloats);
        Pack(p, backward: chunks > 0);
    }

    /// <summary>Turns the call into a backward one.</summary>
    internal void Take(KroneckerGradients g)
    {
        // A gradient may be a view, a transpose for instance; only then is it copied.
        _gradY = g.Y.IsContiguous ? g.Y : g.Y.Detach().Contiguous();
        Y = Pointer(_gradY);
        GradX = Pointer(g.X?.Tensor);
        AddToGradX = g.X is { Accumulate: true };
        WantsWeights = g.W1s is not null || g.W2s is not null || g.W1r is not null || g.W2r is not null || g.Lambda is not null;
        for (var i = 0; i < Plan.Count; i++)
        {
            WantsWeights |= g.C[i] is not null || g.D[i] is not null;
        }
    }

    /// <summary>Lets go of the problem's tensors.</summary>
    internal void End() => (_problem, _gradY) = (null, null);

    internal static float* Pointer(Tensor? x) => x is null ? null : (float*)x.Address;

    private float* Reserve(long floats)
    {
        // Room to start on a cache line.
        var needed = floats + 16;
        if (_memory.LongLength < needed)
        {
            _memory = GC.AllocateUninitializedArray<float>(checked((int)needed), pinned: true);
        }
        return (float*)((Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) + 63) & ~(nint)63);
    }

    private void Pack(KroneckerProblem p, bool backward)
    {
        for (var i = 0; i < Plan.Count; i++)
        {
            var path = Plan.Paths[i];
            float* a = Pointer(path.DFirst ? p.D[i] : p.C[i]), b = Pointer(path.DFirst ? p.C[i] : p.D[i]);
            PackBoth(a, path.P, path.I, 1, path.A, path.ATransposed, backward);
            CopyIntoBundle(path, b);
            if (Plan.Relation)
            {
                SumColumnClasses(path, b);
                PackBoth(
                    Weights + path.ReducedB, path.ColumnClasses.Count, path.J, 1, path.ReducedBPacked, path.ReducedBTransposed, backward);
            }
        }
        foreach (var bundle in Plan.Bundles)
        {
            // Without a router every adapter weighs beta, which the weights then carry.
            PackBoth(Weights + bundle.Plain, bundle.S, bundle.J, Plan.Routed ? 1 : Beta, bundle.B, bundle.BTransposed, backward);
        }
        if (Plan.Routed)
        {
            PackBoth(Pointer(p.W1s), Plan.Hidden, Plan.PooledIn, 1, Plan.W1s, Plan.W1sTransposed, backward);
        }
        if (Plan.Relation)
        {
            PackBoth(Pointer(p.W1r), Plan.Hidden, Plan.PooledOut, 1, Plan.W1r, Plan.W1rTransposed, backward);
        }
    }

    private void PackBoth(float* w, int rows, int depth, float scale, int plain, int transposed, bool backward)
    {
        TokenProduct.Pack(w, rows, depth, depth, 1, scale, Weights + plain);
        if (backward)
        {
            TokenProduct.Pack(w, depth, rows, 1, depth, scale, Weights + transposed);
        }
    }

    private void CopyIntoBundle(KroneckerPath path, float* b)
    {
        var to = Weights + path.Bundle.Plain + path.Column;
        for (var s = 0; s < path.S; s++)
        {
            new ReadOnlySpan<float>(b + (s * path.J), path.J).CopyTo(new Span<float>(to + (s * path.Bundle.J), path.J));
        }
    }

    private void SumColumnClasses(KroneckerPath path, float* b)
    {
        var to = Weights + path.ReducedB;
        new Span<float>(to, path.ColumnClasses.Count * path.J).Clear();
        for (var s = 0; s < path.S; s++)
        {
            var row = to + (path.ColumnClasses.Of(s) * path.J);
            for (var j = 0; j < path.J; j++)
            {
                row[j] += b[(s * path.J) + j];
            }
        }
    }
}
