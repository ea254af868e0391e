using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>x Phi(x), within 5e-7 max(1, |x|).</summary>
internal readonly struct GeluOperator : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector half = TSimd.Mul(a, TSimd.Broadcast(0.5f));
        return TSimd.Fma(half, SimdMath.Erf<TSimd, TVector>(TSimd.Mul(a, TSimd.Broadcast(0.70710678f))), half);
    }
}

/// <summary>b (Phi(a) + a phi(a)): the gradient of GELU at a.</summary>
internal readonly struct GeluBackwardOperator : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector half = TSimd.Broadcast(0.5f);
        TVector phi = TSimd.Fma(half, SimdMath.Erf<TSimd, TVector>(TSimd.Mul(a, TSimd.Broadcast(0.70710678f))), half);
        TVector density = SimdMath.Exp<TSimd, TVector>(TSimd.Mul(TSimd.Mul(a, a), TSimd.Broadcast(-0.5f)));
        return TSimd.Mul(b, TSimd.Fma(TSimd.Mul(a, TSimd.Broadcast(0.398942280f)), density, phi));
    }
}

/// <summary>x sigmoid(slope x): SiLU with slope 1, CLIP's GELU with 1.702.</summary>
internal readonly struct GatedOperator(float slope) : IElementwise
{
    /// <summary>x sigmoid(x).</summary>
    public static GatedOperator Silu => new(1);

    /// <summary>x sigmoid(1.702 x).</summary>
    public static GatedOperator Quick => new(1.702f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
        => TSimd.Mul(a, SimdMath.Sigmoid<TSimd, TVector>(TSimd.Mul(a, TSimd.Broadcast(slope))));
}

/// <summary>b (s + slope a s (1 - s)) with s = sigmoid(slope a).</summary>
internal readonly struct GatedBackwardOperator(float slope) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector x = TSimd.Mul(a, TSimd.Broadcast(slope));
        TVector s = SimdMath.Sigmoid<TSimd, TVector>(x);
        return TSimd.Mul(b, TSimd.Fma(TSimd.Mul(x, s), TSimd.Sub(TSimd.Broadcast(1f), s), s));
    }
}

/// <summary>1 / (1 + e^-a).</summary>
internal readonly struct SigmoidOperator : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => SimdMath.Sigmoid<TSimd, TVector>(a);
}

/// <summary>b s (1 - s) with s = sigmoid(a).</summary>
internal readonly struct SigmoidBackwardOperator : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector s = SimdMath.Sigmoid<TSimd, TVector>(a);
        return TSimd.Mul(b, TSimd.Mul(s, TSimd.Sub(TSimd.Broadcast(1f), s)));
    }
}
