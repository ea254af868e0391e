using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>a.</summary>
internal readonly struct IdentityOperator : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => a;
}

/// <summary>a + b.</summary>
internal readonly struct AddOperator : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => TSimd.Add(a, b);
}

/// <summary>a * b.</summary>
internal readonly struct MultiplyOperator : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => TSimd.Mul(a, b);
}

/// <summary>a / b.</summary>
internal readonly struct DivideOperator : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => TSimd.Div(a, b);
}

/// <summary>factor * a.</summary>
internal readonly struct ScaleOperator(float factor) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => TSimd.Mul(a, TSimd.Broadcast(factor));
}
