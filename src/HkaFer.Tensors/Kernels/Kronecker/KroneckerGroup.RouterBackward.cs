using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

// The router's gradients, on one group of tokens.
internal readonly unsafe partial struct KroneckerGroup<TSimd, TVector>
{
    /// <summary>Gradients of the router's hidden values, of its inputs and of lambda, from those of the probabilities.</summary>
    private void RouteBack(float* sums)
    {
        TVector lambda = TSimd.Broadcast(_call.Lambda), rest = TSimd.Broadcast(1 - _call.Lambda), gradLambda = TSimd.Zero;
        for (var i = 0; i < _plan.Count; i++)
        {
            var g = TSimd.Mul(TSimd.Broadcast(_call.Beta), DotUV(_plan.Paths[i]));
            if (_plan.Spatial && _plan.Relation)
            {
                gradLambda = TSimd.Fma(g, TSimd.Sub(Load(_plan.ProbabilityS + i), Load(_plan.ProbabilityR + i)), gradLambda);
            }
            Store(_plan.GradLogitS + i, TSimd.Mul(lambda, g));
            Store(_plan.GradLogitR + i, TSimd.Mul(rest, g));
        }
        sums[_plan.SumLambda] += TSimd.Sum(gradLambda);
        for (var j = 0; j < _plan.Hidden; j++)
        {
            Store(_plan.GradHiddenS + j, TSimd.Zero);
        }
        if (_plan.Spatial)
        {
            SoftmaxBack(_plan.ProbabilityS, _plan.GradLogitS);
            RouteBackSpatially();
        }
        if (_plan.Relation)
        {
            SoftmaxBack(_plan.ProbabilityR, _plan.GradLogitR);
            RouteBackByRelation();
        }
        if (_call.GradX != null)
        {
            Multiply(_plan.W1sTransposed, _plan.PooledIn, _plan.Hidden, Column(_plan.GradHiddenS), 1, Column(_plan.GradPooledX));
        }
    }

    private void RouteBackSpatially()
    {
        for (var j = 0; j < _plan.Hidden; j++)
        {
            var sum = TSimd.Zero;
            for (var i = 0; i < _plan.Count; i++)
            {
                sum = TSimd.Fma(TSimd.Broadcast(_call.W2s[(i * _plan.Hidden) + j]), Load(_plan.GradLogitS + i), sum);
            }
            Store(_plan.GradHiddenS + j, TSimd.Mul(sum, Slope(_plan.SigmoidS + j)));
        }
    }

    private void RouteBackByRelation()
    {
        for (var i = 0; i < _plan.Count; i++)
        {
            for (var j = 0; j < _plan.Hidden; j++)
            {
                var at = (i * _plan.Hidden) + j;
                var g = TSimd.Mul(TSimd.Broadcast(_call.W2r[at]), TSimd.Mul(Load(_plan.GradLogitR + i), Slope(_plan.SigmoidR + at)));
                Store(_plan.GradHiddenS + j, TSimd.Fma(g, Load(_plan.HiddenR + at), Load(_plan.GradHiddenS + j)));
                Store(_plan.GradHiddenR + at, TSimd.Mul(g, Load(_plan.HiddenS + j)));
            }
        }
        Multiply(
            _plan.W1rTransposed, _plan.PooledOut, _plan.Hidden, Columns(_plan.GradHiddenR, _plan.Hidden), _plan.Count,
            Columns(_plan.GradPooledF, _plan.PooledOut));
        // The reduced F has done its work: its place takes its gradient.
        var share = TSimd.Broadcast(1f / _plan.Group);
        for (var i = 0; i < _plan.Count; i++)
        {
            var path = _plan.Paths[i];
            for (var r = 0; r < _plan.PooledOut; r++)
            {
                var g = TSimd.Mul(share, Load(_plan.GradPooledF + (i * _plan.PooledOut) + r));
                var (at, step, each) = Members(r, path.Reduced, _plan.PooledOut);
                for (at += path.ReducedF; each > 0; each--, at += step)
                {
                    Store(at, g);
                }
            }
        }
    }

    /// <summary>Adds the gradients of the router's weights and, through the pooled output, of B. U must not be scaled yet.</summary>
    internal void ContractRouter(int groups, float* sums)
    {
        Contract(Column(_plan.GradHiddenS), _plan.Hidden, Column(_plan.PooledX), _plan.PooledIn, 1, groups, sums + _plan.SumW1s);
        if (_plan.Spatial)
        {
            Contract(Column(_plan.GradLogitS), _plan.Count, Column(_plan.SigmoidS), _plan.Hidden, 1, groups, sums + _plan.SumW2s);
        }
        if (!_plan.Relation)
        {
            return;
        }
        Contract(
            Columns(_plan.GradHiddenR, _plan.Hidden), _plan.Hidden, Columns(_plan.PooledF, _plan.PooledOut), _plan.PooledOut, _plan.Count,
            groups, sums + _plan.SumW1r);
        for (var i = 0; i < _plan.Count; i++)
        {
            var path = _plan.Paths[i];
            Contract(
                Column(_plan.GradLogitR + i), 1, Column(_plan.SigmoidR + (i * _plan.Hidden)), _plan.Hidden, 1,
                groups, sums + _plan.SumW2r + (i * _plan.Hidden));
            Contract(
                ReducedF(path).Transposed, path.ColumnClasses.Count, PooledU(path).Transposed, path.J, path.RowClasses.Count,
                groups, sums + path.GradReducedB);
        }
    }

    /// <summary>What flows back from the pooled output into the gradient of U.</summary>
    private void AddReducedGradient(KroneckerPath path)
    {
        var gradient = ReducedF(path).Transposed;
        var into = V(path);
        var identity = path.RowClasses.IsIdentity;
        var pooled = identity ? into : new TokenMatrix(Vectors(_plan.GradPooledU), path.J, 1);
        Multiply(
            path.ReducedBTransposed, path.J, path.ColumnClasses.Count, gradient, path.RowClasses.Count, pooled.Transposed, add: identity);
        if (identity)
        {
            return;
        }
        for (var p = 0; p < path.P; p++)
        {
            int from = _plan.GradPooledU + (path.RowClasses.Of(p) * path.J), to = path.Bundle.V + path.Column + (p * path.Bundle.J);
            for (var j = 0; j < path.J; j++)
            {
                Store(to + j, TSimd.Add(Load(to + j), Load(from + j)));
            }
        }
    }

    private void UnpoolInput()
    {
        var share = TSimd.Broadcast(1f / _plan.Group);
        for (var r = 0; r < _plan.PooledIn; r++)
        {
            var g = TSimd.Mul(share, Load(_plan.GradPooledX + r));
            var (at, step, each) = Members(r, _plan.In, _plan.PooledIn);
            for (at += _plan.GradX; each > 0; each--, at += step)
            {
                Store(at, TSimd.Add(g, Load(at)));
            }
        }
    }

    /// <summary>One number a token: the inner product of U and V.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private TVector DotUV(KroneckerPath path)
    {
        TVector even = TSimd.Zero, odd = TSimd.Zero;
        for (var p = 0; p < path.P; p++)
        {
            var at = path.Column + (p * path.Bundle.J);
            float* u = Vectors(path.Bundle.U + at), v = Vectors(path.Bundle.V + at);
            var j = 0;
            for (; j + 1 < path.J; j += 2, u += 2 * TSimd.Count, v += 2 * TSimd.Count)
            {
                even = TSimd.Fma(TSimd.Load(u), TSimd.Load(v), even);
                odd = TSimd.Fma(TSimd.Load(u + TSimd.Count), TSimd.Load(v + TSimd.Count), odd);
            }
            if (j < path.J)
            {
                even = TSimd.Fma(TSimd.Load(u), TSimd.Load(v), even);
            }
        }
        return TSimd.Add(even, odd);
    }

    private TVector Slope(int sigmoid)
    {
        var s = Load(sigmoid);
        return TSimd.FmaNegated(s, s, s);
    }

    private void SoftmaxBack(int probability, int gradient)
    {
        var dot = TSimd.Zero;
        for (var i = 0; i < _plan.Count; i++)
        {
            dot = TSimd.Fma(Load(probability + i), Load(gradient + i), dot);
        }
        for (var i = 0; i < _plan.Count; i++)
        {
            Store(gradient + i, TSimd.Mul(Load(probability + i), TSimd.Sub(Load(gradient + i), dot)));
        }
    }
}
