using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>One Adam or AdamW update in place; see <see cref="AdamStep"/>.</summary>
internal unsafe struct AdamKernel : IRangeKernel
{
    /// <summary>All of one length.</summary>
    public float* Parameter, Gradient, Moment1, Moment2;
    public AdamStep Step;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        AdamStep s = Step;

        // Everything that is the same for all elements is worked out in float64 and rounded once.
        TVector keep = TSimd.Broadcast(s.Decoupled ? (float)(1 - (s.LearningRate * s.WeightDecay)) : 1);
        TVector decay = TSimd.Broadcast(s.Decoupled ? 0 : (float)s.WeightDecay), gradientScale = TSimd.Broadcast((float)s.GradientScale);
        TVector beta1 = TSimd.Broadcast((float)s.Beta1), fresh1 = TSimd.Broadcast((float)(1 - s.Beta1));
        TVector beta2 = TSimd.Broadcast((float)s.Beta2), fresh2 = TSimd.Broadcast((float)(1 - s.Beta2));
        TVector rate = TSimd.Broadcast((float)(s.LearningRate / (1 - Math.Pow(s.Beta1, s.Step))));
        TVector root = TSimd.Broadcast((float)(1 / Math.Sqrt(1 - Math.Pow(s.Beta2, s.Step)))), epsilon = TSimd.Broadcast((float)s.Epsilon);
        for (long i = start; i < end; i += TSimd.Count)
        {
            int n = (int)Math.Min(TSimd.Count, end - i);
            TVector p = Lanes.Load<TSimd, TVector>(Parameter + i, n);
            TVector g = TSimd.Fma(Lanes.Load<TSimd, TVector>(Gradient + i, n), gradientScale, TSimd.Mul(decay, p));
            TVector m = TSimd.Fma(beta1, Lanes.Load<TSimd, TVector>(Moment1 + i, n), TSimd.Mul(fresh1, g));
            TVector v = TSimd.Fma(beta2, Lanes.Load<TSimd, TVector>(Moment2 + i, n), TSimd.Mul(fresh2, TSimd.Mul(g, g)));
            TVector update = TSimd.Div(TSimd.Mul(rate, m), TSimd.Fma(TSimd.Sqrt(v), root, epsilon));
            Lanes.Store<TSimd, TVector>(Moment1 + i, m, n);
            Lanes.Store<TSimd, TVector>(Moment2 + i, v, n);
            Lanes.Store<TSimd, TVector>(Parameter + i, TSimd.Sub(TSimd.Mul(keep, p), update), n);
        }
    }
}
