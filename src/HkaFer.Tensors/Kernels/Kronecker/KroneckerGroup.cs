using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// The work on one group of tokens, one lane a token: the adapters here, the router in the other part. All that is between input and output
/// lives in <paramref name="memory"/>, laid out by <see cref="KroneckerPlan"/>, and is gone with the next group.
/// </summary>
/// <param name="call">Weights, options and where the tokens lie.</param>
/// <param name="memory">The group's vectors.</param>
/// <param name="index">Which group of the call.</param>
internal readonly unsafe partial struct KroneckerGroup<TSimd, TVector>(KroneckerCall call, float* memory, long index)
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    private readonly KroneckerCall _call = call;
    private readonly KroneckerPlan _plan = call.Plan;
    private readonly float* _memory = memory;
    private readonly long _first = index * TSimd.Count;
    private readonly int _tokens = (int)Math.Min(TSimd.Count, call.Tokens - (index * TSimd.Count));

    /// <summary>y += beta sum_i p_i f_i.</summary>
    internal void Forward()
    {
        Prefetch(_call.Y, _plan.Out, 0);
        GatherInput();
        Prefetch(_call.X, _plan.In, 1);
        if (_plan.Routed)
        {
            Route();
            for (var i = 0; i < _plan.Count; i++)
            {
                var path = _plan.Paths[i];
                Scale(path, path.Bundle.U, Strength(i));
            }
        }
        for (var b = 0; b < _plan.Bundles.Length; b++)
        {
            // F^T = B U^T for all adapters of the bundle at once: their U stand side by side.
            var bundle = _plan.Bundles[b];
            Multiply(bundle.B, bundle.S, bundle.J, U(bundle).Transposed, bundle.P, F(bundle).Transposed, add: b > 0);
        }
        TokenTranspose.Scatter<TSimd, TVector>(Vectors(_plan.F), _tokens, _plan.Out, _call.Y + (_first * _plan.Out), add: true);
        if (_call.Probabilities != null)
        {
            WriteProbabilities();
        }
    }

    /// <summary>
    /// What needs the unscaled U: V = G B, the gradients of the probabilities <c>beta &lt;U, V&gt;</c> (which are <c>&lt;G, F&gt;</c>
    /// without forming F), and the router's.
    /// </summary>
    /// <param name="sums">The chunk's sums.</param>
    internal void Back(float* sums)
    {
        Prefetch(_call.Y, _plan.Out, 0);
        GatherInput();
        Prefetch(_call.X, _plan.In, 1);
        TokenTranspose.Gather<TSimd, TVector>(_call.Y + (_first * _plan.Out), _tokens, _plan.Out, Vectors(_plan.F));
        foreach (var bundle in _plan.Bundles)
        {
            Multiply(bundle.BTransposed, bundle.J, bundle.S, F(bundle).Transposed, bundle.P, V(bundle).Transposed);
        }
        if (_plan.Routed)
        {
            Route();
            RouteBack(sums);
        }
    }

    /// <summary>Turns V into the gradient of U, scales U for the gradient of B, and passes the gradient on to the input.</summary>
    internal void BackToInput()
    {
        for (var i = 0; i < _plan.Count; i++)
        {
            var path = _plan.Paths[i];
            if (_plan.Routed)
            {
                var strength = Strength(i);
                Scale(path, path.Bundle.U, strength);
                Scale(path, path.Bundle.V, strength);
            }
            if (_plan.Relation)
            {
                AddReducedGradient(path);
            }
            if (_call.GradX != null)
            {
                Multiply(path.ATransposed, path.I, path.P, V(path), path.J, Matrix(_plan.GradX, path.XSteps), add: i > 0);
            }
        }
        if (_call.GradX == null)
        {
            return;
        }
        if (_plan.Routed)
        {
            UnpoolInput();
        }
        var to = _call.GradX + (_first * _plan.In);
        TokenTranspose.Scatter<TSimd, TVector>(Vectors(_plan.GradX), _tokens, _plan.In, to, _call.AddToGradX);
    }

    /// <summary>Adds the gradients of A and B of several groups, of which this is the first.</summary>
    internal void ContractAdapters(int groups, float* sums)
    {
        foreach (var path in _plan.Paths)
        {
            Contract(V(path), path.P, X(path), path.I, path.J, groups, sums + path.GradA);
        }
        foreach (var bundle in _plan.Bundles)
        {
            Contract(F(bundle).Transposed, bundle.S, U(bundle).Transposed, bundle.J, bundle.P, groups, sums + bundle.GradB);
        }
    }

    /// <summary>x with one token a lane, and every U = A X.</summary>
    private void GatherInput()
    {
        TokenTranspose.Gather<TSimd, TVector>(_call.X + (_first * _plan.In), _tokens, _plan.In, Vectors(_plan.X));
        foreach (var path in _plan.Paths)
        {
            Multiply(path.A, path.P, path.I, X(path), path.J, U(path));
        }
    }

    private void Prefetch(float* rows, int width, int groups)
    {
        var first = _first + (groups * TSimd.Count);
        TokenTranspose.Prefetch(rows + (first * width), Math.Min(TSimd.Count, _call.Tokens - first) * width);
    }

    // Long loops over few operations: not worth a slow first time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scale(KroneckerPath path, int bundleStart, TVector by)
    {
        var row = Vectors(bundleStart + path.Column);
        for (var p = 0; p < path.P; p++)
        {
            for (var j = 0; j < path.J; j++)
            {
                var at = row + ((nint)j * TSimd.Count);
                TSimd.Store(at, TSimd.Mul(by, TSimd.Load(at)));
            }
            row += (nint)path.Bundle.J * TSimd.Count;
        }
    }

    private void WriteProbabilities()
    {
        var n = _plan.Count;
        for (var t = 0; t < _tokens; t++)
        {
            for (var i = 0; i < n; i++)
            {
                _call.Probabilities[((_first + t) * n) + i] = _plan.Routed ? Vectors(_plan.Probability + i)[t] : 1;
            }
        }
    }

    /// <summary>y = W x or y += W x, with packed weights.</summary>
    private void Multiply(int weights, int rows, int depth, TokenMatrix x, int columns, TokenMatrix y, bool add = false) =>
        TokenProduct.Run<TSimd, TVector>(_call.Weights + weights, rows, depth, x, columns, y, add);

    /// <summary>Adds the contraction of p and q, over this group and those behind it, to sums without gaps.</summary>
    private void Contract(TokenMatrix p, int rows, TokenMatrix q, int columns, int depth, int groups, float* into) =>
        TokenContraction.Run<TSimd, TVector>(p, rows, q, columns, depth, groups, (nint)_plan.Vectors * TSimd.Count, into, columns);

    private TVector Strength(int adapter) => TSimd.Mul(TSimd.Broadcast(_call.Beta), Load(_plan.Probability + adapter));

    private float* Vectors(int at) => _memory + ((nint)at * TSimd.Count);

    private TVector Load(int at) => TSimd.Load(Vectors(at));

    private void Store(int at, TVector v) => TSimd.Store(Vectors(at), v);

    private TokenMatrix Matrix(int at, (int Row, int Column) steps) => new(Vectors(at), steps.Row, steps.Column);

    private TokenMatrix X(KroneckerPath path) => Matrix(_plan.X, path.XSteps);

    private TokenMatrix F(KroneckerBundle bundle) => Matrix(_plan.F, bundle.FSteps);

    private TokenMatrix ReducedF(KroneckerPath path) => Matrix(path.ReducedF, path.ReducedSteps);

    /// <summary>All U of a bundle side by side, or one of them; V likewise.</summary>
    private TokenMatrix U(KroneckerBundle bundle) => Matrix(bundle.U, (bundle.J, 1));

    private TokenMatrix U(KroneckerPath path) => Matrix(path.Bundle.U + path.Column, (path.Bundle.J, 1));

    private TokenMatrix V(KroneckerBundle bundle) => Matrix(bundle.V, (bundle.J, 1));

    private TokenMatrix V(KroneckerPath path) => Matrix(path.Bundle.V + path.Column, (path.Bundle.J, 1));
}
