namespace HkaFer.Tensors.Kernels;

/// <summary>What one element of a result is made of; <see cref="Elementwise{TOperator}"/> walks over the memory.</summary>
internal interface IElementwise
{
    /// <summary>f(a, b) lane by lane; functions of one argument ignore <paramref name="b"/>.</summary>
    TVector Apply<TSimd, TVector>(TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged;
}
