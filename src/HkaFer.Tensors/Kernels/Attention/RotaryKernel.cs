using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>Turns the two halves of each head of each token: y = (a cos - b sin, b cos + a sin). An item is one token.</summary>
internal unsafe struct RotaryKernel : IRangeKernel
{
    /// <summary>[tokens, heads, 2 half] by two strides each.</summary>
    public float* X, Y;

    /// <summary>[tokens, half], dense.</summary>
    public float* Cos, Sin;
    public long XToken, XHead, YToken, YHead;
    public int Heads, Half;

    /// <summary>-1 turns back.</summary>
    public float Direction;
    public bool Accumulate;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector direction = TSimd.Broadcast(Direction);
        for (long token = start; token < end; token++)
        {
            float* cos = Cos + (token * Half), sin = Sin + (token * Half);
            for (int head = 0; head < Heads; head++)
            {
                float* x = X + (token * XToken) + (head * XHead), y = Y + (token * YToken) + (head * YHead);
                for (int i = 0; i < Half; i += TSimd.Count)
                {
                    int n = Half - i;
                    TVector c = Lanes.Load<TSimd, TVector>(cos + i, n), s = TSimd.Mul(direction, Lanes.Load<TSimd, TVector>(sin + i, n));
                    TVector a = Lanes.Load<TSimd, TVector>(x + i, n), b = Lanes.Load<TSimd, TVector>(x + Half + i, n);
                    TVector first = TSimd.FmaNegated(b, s, TSimd.Mul(a, c)), second = TSimd.Fma(a, s, TSimd.Mul(b, c));
                    if (Accumulate)
                    {
                        first = TSimd.Add(first, Lanes.Load<TSimd, TVector>(y + i, n));
                        second = TSimd.Add(second, Lanes.Load<TSimd, TVector>(y + Half + i, n));
                    }

                    // Where halves are shorter than a vector, writing the first must not reach into the second: partial stores do not.
                    Lanes.Store<TSimd, TVector>(y + i, first, n);
                    Lanes.Store<TSimd, TVector>(y + Half + i, second, n);
                }
            }
        }
    }
}
