using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

// The router (method, equations 8-14), on one group of tokens.
internal readonly unsafe partial struct KroneckerGroup<TSimd, TVector>
{
    /// <summary>p_i of every adapter, from x and the unscaled U.</summary>
    private void Route()
    {
        Pool(_plan.X, _plan.In, _plan.PooledX, _plan.PooledIn);
        Multiply(_plan.W1s, _plan.Hidden, _plan.PooledIn, Column(_plan.PooledX), 1, Column(_plan.HiddenS));
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
            Multiply(
                path.ReducedBPacked, path.ColumnClasses.Count, path.J, PooledU(path).Transposed, path.RowClasses.Count,
                ReducedF(path).Transposed);
            Pool(path.ReducedF, path.Reduced, _plan.PooledF + (i * _plan.PooledOut), _plan.PooledOut);
        }
        Multiply(
            _plan.W1r, _plan.Hidden, _plan.PooledOut, Columns(_plan.PooledF, _plan.PooledOut), _plan.Count,
            Columns(_plan.HiddenR, _plan.Hidden));
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

    /// <summary>Averages over a group of the router's pooling; entries may be sums of several already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
        ? U(path)
        : new TokenMatrix(Vectors(path.PooledU), path.J, 1);

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

    private TokenMatrix Column(int at) => new(Vectors(at), 1, 1);

    /// <summary>A matrix that lies column after column.</summary>
    private TokenMatrix Columns(int at, int length) => new(Vectors(at), 1, length);
}
