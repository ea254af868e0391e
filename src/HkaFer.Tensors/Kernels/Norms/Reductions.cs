using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Sums over one row. Four vectors take turns, so that an addition does not wait for the one before, and the lanes keep the chains short:
/// the rounding error grows with width / (4 lanes), not with width.
/// </summary>
internal static unsafe class Reductions
{
    /// <summary>Sum of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Sum<TSimd, TVector>(float* x, int n)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int c = TSimd.Count, i = 0;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        for (; i <= n - (4 * c); i += 4 * c)
        {
            s0 = TSimd.Add(s0, TSimd.Load(x + i));
            s1 = TSimd.Add(s1, TSimd.Load(x + i + c));
            s2 = TSimd.Add(s2, TSimd.Load(x + i + (2 * c)));
            s3 = TSimd.Add(s3, TSimd.Load(x + i + (3 * c)));
        }

        for (; i < n; i += c) { s0 = TSimd.Add(s0, Lanes.Load<TSimd, TVector>(x + i, n - i)); }
        return TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
    }

    /// <summary>Sums of x - centre and of its square.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static (float Sum, float Squares) Centred<TSimd, TVector>(float* x, int n, float centre)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int c = TSimd.Count, i = 0;
        TVector m = TSimd.Broadcast(centre);
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, q0 = TSimd.Zero, q1 = TSimd.Zero, q2 = TSimd.Zero, q3 = TSimd.Zero;
        for (; i <= n - (4 * c); i += 4 * c)
        {
            TVector a = TSimd.Sub(TSimd.Load(x + i), m), b = TSimd.Sub(TSimd.Load(x + i + c), m);
            TVector d = TSimd.Sub(TSimd.Load(x + i + (2 * c)), m), e = TSimd.Sub(TSimd.Load(x + i + (3 * c)), m);
            s0 = TSimd.Add(s0, TSimd.Add(a, b));
            s1 = TSimd.Add(s1, TSimd.Add(d, e));
            q0 = TSimd.Fma(a, a, q0);
            q1 = TSimd.Fma(b, b, q1);
            q2 = TSimd.Fma(d, d, q2);
            q3 = TSimd.Fma(e, e, q3);
        }

        float sum = 0, squares = 0;
        for (; i <= n - c; i += c)
        {
            TVector a = TSimd.Sub(TSimd.Load(x + i), m);
            s0 = TSimd.Add(s0, a);
            q0 = TSimd.Fma(a, a, q0);
        }

        // Absent lanes would count as -centre.
        for (; i < n; i++)
        {
            float a = x[i] - centre;
            sum += a;
            squares += a * a;
        }

        return (sum + TSimd.Sum(TSimd.Add(s0, s1)), squares + TSimd.Sum(TSimd.Add(TSimd.Add(q0, q1), TSimd.Add(q2, q3))));
    }

    /// <summary>Sums of g w and of g w (x - centre).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static (float Sum, float Product) Weighted<TSimd, TVector>(float* x, float* g, float* w, int n, float centre)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int c = TSimd.Count, i = 0;
        TVector m = TSimd.Broadcast(centre);
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, p0 = TSimd.Zero, p1 = TSimd.Zero;
        for (; i <= n - (2 * c); i += 2 * c)
        {
            TVector a = TSimd.Mul(TSimd.Load(g + i), TSimd.Load(w + i)), b = TSimd.Mul(TSimd.Load(g + i + c), TSimd.Load(w + i + c));
            s0 = TSimd.Add(s0, a);
            s1 = TSimd.Add(s1, b);
            p0 = TSimd.Fma(a, TSimd.Sub(TSimd.Load(x + i), m), p0);
            p1 = TSimd.Fma(b, TSimd.Sub(TSimd.Load(x + i + c), m), p1);
        }

        // Absent lanes have g = 0 and add nothing.
        for (; i < n; i += c)
        {
            TVector a = TSimd.Mul(Lanes.Load<TSimd, TVector>(g + i, n - i), Lanes.Load<TSimd, TVector>(w + i, n - i));
            s0 = TSimd.Add(s0, a);
            p0 = TSimd.Fma(a, TSimd.Sub(Lanes.Load<TSimd, TVector>(x + i, n - i), m), p0);
        }

        return (TSimd.Sum(TSimd.Add(s0, s1)), TSimd.Sum(TSimd.Add(p0, p1)));
    }

    /// <summary>Sum of x y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Dot<TSimd, TVector>(float* x, float* y, int n)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int c = TSimd.Count, i = 0;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero;
        for (; i <= n - (2 * c); i += 2 * c)
        {
            s0 = TSimd.Fma(TSimd.Load(x + i), TSimd.Load(y + i), s0);
            s1 = TSimd.Fma(TSimd.Load(x + i + c), TSimd.Load(y + i + c), s1);
        }

        for (; i < n; i += c) { s0 = TSimd.Fma(Lanes.Load<TSimd, TVector>(x + i, n - i), Lanes.Load<TSimd, TVector>(y + i, n - i), s0); }
        return TSimd.Sum(TSimd.Add(s0, s1));
    }

    /// <summary>The largest of x, n &gt; 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Max<TSimd, TVector>(float* x, int n)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        float max = float.NegativeInfinity;
        if (n < TSimd.Count)
        {
            for (int j = 0; j < n; j++) { max = Math.Max(max, x[j]); }
            return max;
        }

        // The last vector overlaps the one before: counting an element twice does not change a maximum.
        TVector m0 = TSimd.Load(x + n - TSimd.Count), m1 = m0;
        int i = 0;
        for (; i <= n - (2 * TSimd.Count); i += 2 * TSimd.Count)
        {
            m0 = TSimd.Max(m0, TSimd.Load(x + i));
            m1 = TSimd.Max(m1, TSimd.Load(x + i + TSimd.Count));
        }

        if (i <= n - TSimd.Count) { m0 = TSimd.Max(m0, TSimd.Load(x + i)); }
        return TSimd.HorizontalMax(TSimd.Max(m0, m1));
    }

    /// <summary>y = exp(x - shift); returns the sum. y may be x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Exponentials<TSimd, TVector>(float* x, float* y, int n, float shift)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int c = TSimd.Count, i = 0;
        TVector m = TSimd.Broadcast(shift), s0 = TSimd.Zero, s1 = TSimd.Zero;
        for (; i <= n - (2 * c); i += 2 * c)
        {
            TVector e0 = SimdMath.Exp<TSimd, TVector>(TSimd.Sub(TSimd.Load(x + i), m));
            TVector e1 = SimdMath.Exp<TSimd, TVector>(TSimd.Sub(TSimd.Load(x + i + c), m));
            TSimd.Store(y + i, e0);
            TSimd.Store(y + i + c, e1);
            s0 = TSimd.Add(s0, e0);
            s1 = TSimd.Add(s1, e1);
        }

        for (; i < n; i += c)
        {
            Lanes.Store<TSimd, TVector>(y + i, SimdMath.Exp<TSimd, TVector>(TSimd.Sub(Lanes.Load<TSimd, TVector>(x + i, n - i), m)), n - i);

            // Read back, so that absent lanes are zero again.
            s0 = TSimd.Add(s0, Lanes.Load<TSimd, TVector>(y + i, n - i));
        }

        return TSimd.Sum(TSimd.Add(s0, s1));
    }
}
