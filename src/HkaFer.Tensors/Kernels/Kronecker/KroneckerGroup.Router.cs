namespace HkaFer.Tensors.Kernels;

// The router (method, equations 8-14), on one group of tokens.
internal readonly unsafe partial struct KroneckerGroup<TSimd, TVector>
{
    /// <summary>p_i of every adapter, from x and the unscaled U.</summary>
    private void Route()
    {
        Pool(_plan.X, _plan.In, _plan.PooledX, _plan.PooledIn);
        TokenProduct.Run<TSimd, TVector>(
            Weights(_plan.W1s), _plan.Hidden, _plan.PooledIn, Column(_plan.PooledX), 1, Column(_plan.HiddenS), add: false);
        if (_plan.Spatial)
        {
            RouteSpatially();
        }
        if (_plan.Relation)
        {
            RouteByRelation();
        }
        var lambda = TSimd.Broadcast(_call.Lambda);
        var rest = TSimd.Broadcast(1 - _call.Lambda);
        for (var i = 0; i < _plan.Count; i++)
        {
            var p = _plan.Spatial ? TSimd.Mul(lambda, Load(_plan.ProbabilityS + i)) : TSimd.Zero;
            Store(_plan.Probability + i, _plan.Relation ? TSimd.Fma(rest, Load(_plan.ProbabilityR + i), p) : p);
        }
    }

    private void RouteSpatially()
    {
        for (var j = 0; j < _plan.Hidden; j++)
        {
            Store(_plan.SigmoidS + j, SimdMath.Sigmoid<TSimd, TVector>(Load(_plan.HiddenS + j)));
        }
        for (var i = 0; i < _plan.Count; i++)
        {
            Store(_plan.ProbabilityS + i, Dot(_call.W2s + (i * _plan.Hidden), _plan.SigmoidS));
        }
        Softmax(_plan.ProbabilityS);
    }

    private void RouteByRelation()
    {
        for (var i = 0; i < _plan.Count; i++)
        {
            var path = _plan.Paths[i];
            if (!path.RowClasses.IsIdentity)
            {
                PoolRows(path);
            }
            // F summed by classes, from the sums of B: all that pooling needs.
            TokenProduct.Run<TSimd, TVector>(
                Weights(path.ReducedBPacked), path.ColumnClasses.Count, path.J, PooledU(path).Transposed, path.RowClasses.Count,
                Matrix(path.ReducedF, path.ReducedSteps).Transposed, add: false);
            Pool(path.ReducedF, path.Reduced, _plan.PooledF + (i * _plan.PooledOut), _plan.PooledOut);
        }
        TokenProduct.Run<TSimd, TVector>(
            Weights(_plan.W1r), _plan.Hidden, _plan.PooledOut, Columns(_plan.PooledF, _plan.PooledOut), _plan.Count, Columns(_plan.HiddenR, _plan.Hidden), add: false);
        for (var i = 0; i < _plan.Count; i++)
        {
            for (var j = 0; j < _plan.Hidden; j++)
            {
                var at = (i * _plan.Hidden) + j;
                var gated = TSimd.Mul(Load(_plan.HiddenR + at), Load(_plan.HiddenS + j));
                Store(_plan.SigmoidR + at, SimdMath.Sigmoid<TSimd, TVector>(gated));
            }
            Store(_plan.ProbabilityR + i, Dot(_call.W2r + (i * _plan.Hidden), _plan.SigmoidR + (i * _plan.Hidden)));
        }
        Softmax(_plan.ProbabilityR);
    }

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
            TokenProduct.Run<TSimd, TVector>(
                Weights(_plan.W1sTransposed), _plan.PooledIn, _plan.Hidden, Column(_plan.GradHiddenS), 1, Column(_plan.GradPooledX), add: false);
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
        TokenProduct.Run<TSimd, TVector>(
            Weights(_plan.W1rTransposed), _plan.PooledOut, _plan.Hidden, Columns(_plan.GradHiddenR, _plan.Hidden), _plan.Count,
            Columns(_plan.GradPooledF, _plan.PooledOut), add: false);
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
        var step = (nint)_plan.Vectors * TSimd.Count;
        TokenContraction.Run<TSimd, TVector>(
            Column(_plan.GradHiddenS), _plan.Hidden, Column(_plan.PooledX), _plan.PooledIn, 1, groups, step, sums + _plan.SumW1s, _plan.PooledIn);
        if (_plan.Spatial)
        {
            TokenContraction.Run<TSimd, TVector>(
                Column(_plan.GradLogitS), _plan.Count, Column(_plan.SigmoidS), _plan.Hidden, 1, groups, step, sums + _plan.SumW2s, _plan.Hidden);
        }
        if (!_plan.Relation)
        {
            return;
        }
        TokenContraction.Run<TSimd, TVector>(
            Columns(_plan.GradHiddenR, _plan.Hidden), _plan.Hidden, Columns(_plan.PooledF, _plan.PooledOut), _plan.PooledOut, _plan.Count,
            groups, step, sums + _plan.SumW1r, _plan.PooledOut);
        for (var i = 0; i < _plan.Count; i++)
        {
            var path = _plan.Paths[i];
            TokenContraction.Run<TSimd, TVector>(
                Column(_plan.GradLogitR + i), 1, Column(_plan.SigmoidR + (i * _plan.Hidden)), _plan.Hidden, 1,
                groups, step, sums + _plan.SumW2r + (i * _plan.Hidden), _plan.Hidden);
            TokenContraction.Run<TSimd, TVector>(
                Matrix(path.ReducedF, path.ReducedSteps).Transposed, path.ColumnClasses.Count, PooledU(path).Transposed, path.J, path.RowClasses.Count,
                groups, step, sums + path.GradReducedB, path.J);
        }
    }

    /// <summary>What flows back from the pooled output into the gradient of U.</summary>
    private void AddReducedGradient(KroneckerPath path)
    {
        var gradient = Matrix(path.ReducedF, path.ReducedSteps).Transposed;
        var into = InBundle(path.Bundle.V + path.Column, path.Bundle);
        var identity = path.RowClasses.IsIdentity;
        var pooled = identity ? into : new TokenMatrix(Vectors(_plan.GradPooledU), path.J, 1);
        TokenProduct.Run<TSimd, TVector>(
            Weights(path.ReducedBTransposed), path.J, path.ColumnClasses.Count, gradient, path.RowClasses.Count, pooled.Transposed, add: identity);
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

    /// <summary>Averages over a group of the router's pooling; entries may be sums of several already.</summary>
    private void Pool(int from, int entries, int to, int pools)
    {
        var share = TSimd.Broadcast(1f / _plan.Group);
        for (var r = 0; r < pools; r++)
        {
            var (at, step, each) = Members(r, entries, pools);
            var sum = TSimd.Zero;
            for (at += from; each > 0; each--, at += step)
            {
                sum = TSimd.Add(sum, Load(at));
            }
            Store(to + r, TSimd.Mul(share, sum));
        }
    }

    /// <summary>The entries of one pool: the first, the step to the next, and how many.</summary>
    private (int First, int Step, int Count) Members(int pool, int entries, int pools)
    {
        var each = entries / pools;
        return _plan.Pooling == Pooling.Contiguous ? (pool * each, 1, each) : (pool, pools, each);
    }

    /// <summary>U summed by row classes.</summary>
    private void PoolRows(KroneckerPath path)
    {
        for (var c = 0; c < path.RowClasses.Count * path.J; c++)
        {
            Store(path.PooledU + c, TSimd.Zero);
        }
        for (var p = 0; p < path.P; p++)
        {
            int from = path.Bundle.U + path.Column + (p * path.Bundle.J), to = path.PooledU + (path.RowClasses.Of(p) * path.J);
            for (var j = 0; j < path.J; j++)
            {
                Store(to + j, TSimd.Add(Load(to + j), Load(from + j)));
            }
        }
    }

    private TokenMatrix PooledU(KroneckerPath path) => path.RowClasses.IsIdentity
        ? InBundle(path.Bundle.U + path.Column, path.Bundle)
        : new TokenMatrix(Vectors(path.PooledU), path.J, 1);

    /// <summary>One number a token: the inner product of U and V.</summary>
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

    /// <summary>A row of W2 times sigmoids.</summary>
    private TVector Dot(float* row, int at)
    {
        var sum = TSimd.Zero;
        for (var j = 0; j < _plan.Hidden; j++)
        {
            sum = TSimd.Fma(TSimd.Broadcast(row[j]), Load(at + j), sum);
        }
        return sum;
    }

    private TVector Slope(int sigmoid)
    {
        var s = Load(sigmoid);
        return TSimd.FmaNegated(s, s, s);
    }

    /// <summary>Over the adapters, in place; the maximum comes off first, so that nothing overflows.</summary>
    private void Softmax(int at)
    {
        TVector max = Load(at), sum = TSimd.Zero;
        for (var i = 1; i < _plan.Count; i++)
        {
            max = TSimd.Max(max, Load(at + i));
        }
        for (var i = 0; i < _plan.Count; i++)
        {
            var e = SimdMath.Exp<TSimd, TVector>(TSimd.Sub(Load(at + i), max));
            Store(at + i, e);
            sum = TSimd.Add(sum, e);
        }
        for (var i = 0; i < _plan.Count; i++)
        {
            Store(at + i, TSimd.Div(Load(at + i), sum));
        }
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

    private TokenMatrix Column(int at) => new(Vectors(at), 1, 1);

    /// <summary>A matrix that lies column after column.</summary>
    private TokenMatrix Columns(int at, int length) => new(Vectors(at), 1, length);
}
