using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>One SGD update in place; see <see cref="SgdStep"/>.</summary>
internal unsafe struct SgdKernel : IRangeKernel
{
    /// <summary>All of one length; the velocity is null without momentum.</summary>
    public float* Parameter, Gradient, Velocity;
    public SgdStep Step;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector decay = TSimd.Broadcast((float)Step.WeightDecay), gradientScale = TSimd.Broadcast((float)Step.GradientScale);
        TVector momentum = TSimd.Broadcast((float)Step.Momentum), rate = TSimd.Broadcast((float)Step.LearningRate);
        for (long i = start; i < end; i += TSimd.Count)
        {
            int n = (int)Math.Min(TSimd.Count, end - i);
            TVector p = Lanes.Load<TSimd, TVector>(Parameter + i, n);
            TVector slope = TSimd.Fma(Lanes.Load<TSimd, TVector>(Gradient + i, n), gradientScale, TSimd.Mul(decay, p));
            if (Velocity is not null)
            {
                // At the first update the velocity's memory holds nothing yet, perhaps a NaN: it must not be read.
                TVector v = Step.First ? slope : TSimd.Fma(momentum, Lanes.Load<TSimd, TVector>(Velocity + i, n), slope);
                Lanes.Store<TSimd, TVector>(Velocity + i, v, n);
                slope = Step.Nesterov ? TSimd.Fma(momentum, v, slope) : v;
            }

            Lanes.Store<TSimd, TVector>(Parameter + i, TSimd.FmaNegated(rate, slope, p), n);
        }
    }
}
