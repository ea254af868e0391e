using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>Elementary functions on any <see cref="ISimd{TVector}"/>. NaN in gives NaN out.</summary>
/// <remarks>
/// The coefficients are minimax fits (iteratively reweighted least squares in 45 digits) on the interval that each remark names.
/// </remarks>
internal static class SimdMath
{
    /// <summary>e^x, relative error below 3e-7 where the result is a normal float; 0 far below, infinity above 88.73.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        // Beyond these the result is 0 or infinity anyway, and 2^n stays within reach of two factors.
        x = TSimd.Min(TSimd.Broadcast(89f), TSimd.Max(TSimd.Broadcast(-104f), x));
        var n = TSimd.Round(TSimd.Mul(x, TSimd.Broadcast(1.44269504f)));
        // ln 2 in two parts: the first has 9 bits, so that n times it is exact.
        var r = TSimd.FmaNegated(n, TSimd.Broadcast(0.693359375f), x);
        r = TSimd.FmaNegated(n, TSimd.Broadcast(-2.12194440e-4f), r);
        // (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2: 3.2e-9 in e^r.
        var p = TSimd.Broadcast(0.00138138153f);
        p = TSimd.Fma(p, r, TSimd.Broadcast(0.00836906955f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(0.0416684225f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(0.166665182f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(0.49999994f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(1f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(1f));
        // 2^n in two factors: n reaches 128 for the largest floats and -150 for denormal results.
        var half = TSimd.Round(TSimd.Mul(n, TSimd.Broadcast(0.5f)));
        return TSimd.Mul(TSimd.Mul(p, TSimd.Exp2i(half)), TSimd.Exp2i(TSimd.Sub(n, half)));
    }

    /// <summary>erf(x), absolute error below 3e-7 (4e-7 on <see cref="Simd1"/>) and relative error below 5e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Erf<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        // erf(3.93) is 1 - 2.7e-8, which rounds to 1.
        x = Clamp<TSimd, TVector>(x, 3.93f);
        var t = TSimd.Mul(x, x);
        // x P(x^2) / Q(x^2) on [0, 3.93]: 1.9e-8. All coefficients are positive, so nothing cancels.
        var p = TSimd.Broadcast(2.03851892e-6f);
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.000285348535f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.0038014960f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.0528566986f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.191288322f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(1.12837911f));
        var q = TSimd.Broadcast(3.79969824e-5f);
        q = TSimd.Fma(q, t, TSimd.Broadcast(0.0011706379f));
        q = TSimd.Fma(q, t, TSimd.Broadcast(0.0150407283f));
        q = TSimd.Fma(q, t, TSimd.Broadcast(0.114466004f));
        q = TSimd.Fma(q, t, TSimd.Broadcast(0.502857327f));
        q = TSimd.Fma(q, t, TSimd.Broadcast(1f));
        return TSimd.Div(TSimd.Mul(x, p), q);
    }

    /// <summary>tanh(x), absolute error below 3e-7 (4e-7 on <see cref="Simd1"/>) and relative error below 5e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        // tanh(8.8) is 1 - 4.5e-8, which rounds to 1 - 6e-8 or 1.
        x = Clamp<TSimd, TVector>(x, 8.8f);
        var t = TSimd.Mul(x, x);
        // x P(x^2) / Q(x^2) on [0, 8.8]: 1.6e-8.
        var p = TSimd.Broadcast(1.36836196e-8f);
        p = TSimd.Fma(p, t, TSimd.Broadcast(2.08411348e-5f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.00350949308f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.133926749f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(1f));
        var q = TSimd.Broadcast(7.90954346e-7f);
        q = TSimd.Fma(q, t, TSimd.Broadcast(0.000330850744f));
        q = TSimd.Fma(q, t, TSimd.Broadcast(0.0259296987f));
        q = TSimd.Fma(q, t, TSimd.Broadcast(0.467259914f));
        q = TSimd.Fma(q, t, TSimd.Broadcast(1f));
        return TSimd.Div(TSimd.Mul(x, p), q);
    }

    /// <summary>1 / (1 + e^-x), absolute error below 3e-7; 0 and 1 at the infinities.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var one = TSimd.Broadcast(1f);
        return TSimd.Div(one, TSimd.Add(one, Exp<TSimd, TVector>(TSimd.Sub(TSimd.Zero, x))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Clamp<TSimd, TVector>(TVector x, float limit)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
        => TSimd.Min(TSimd.Broadcast(limit), TSimd.Max(TSimd.Broadcast(-limit), x));
}
