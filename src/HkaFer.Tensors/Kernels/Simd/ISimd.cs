namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Float arithmetic on one vector width. A kernel is written once over <c>TSimd : ISimd&lt;TVector&gt;</c> and the JIT specialises it:
/// both type arguments are structs, so each pair gets its own code with every call inlined.
/// </summary>
/// <typeparam name="TVector">The register type: <c>Vector512&lt;float&gt;</c>, ..., or <c>float</c>.</typeparam>
internal unsafe interface ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>Floats per vector; a constant for the JIT.</summary>
    static abstract int Count { get; }

    /// <summary>All zeros.</summary>
    static abstract TVector Zero { get; }

    /// <summary>Reads <see cref="Count"/> floats; no alignment needed.</summary>
    static abstract TVector Load(float* from);

    /// <summary>Writes <see cref="Count"/> floats; no alignment needed.</summary>
    static abstract void Store(float* to, TVector v);

    /// <summary>Reads the first <paramref name="n"/> floats, 0 &lt; n &lt; Count, and nothing beyond; the other lanes are zero.</summary>
    static abstract TVector LoadPartial(float* from, int n);

    /// <summary>Writes the first <paramref name="n"/> lanes, 0 &lt; n &lt; Count, and nothing beyond.</summary>
    static abstract void StorePartial(float* to, TVector v, int n);

    /// <summary>Reads twice <see cref="Count"/> bfloat16 values and gives those at even places.</summary>
    static abstract TVector LoadEven(ushort* from);

    /// <summary>Reads twice <see cref="Count"/> bfloat16 values and gives those at odd places.</summary>
    static abstract TVector LoadOdd(ushort* from);

    /// <summary><paramref name="x"/> in every lane.</summary>
    static abstract TVector Broadcast(float x);

    /// <summary>a + b.</summary>
    static abstract TVector Add(TVector a, TVector b);

    /// <summary>a - b.</summary>
    static abstract TVector Sub(TVector a, TVector b);

    /// <summary>a * b.</summary>
    static abstract TVector Mul(TVector a, TVector b);

    /// <summary>a / b.</summary>
    static abstract TVector Div(TVector a, TVector b);

    /// <summary>The smaller; a NaN in <paramref name="b"/> comes through, one in <paramref name="a"/> may be lost.</summary>
    static abstract TVector Min(TVector a, TVector b);

    /// <summary>The larger; a NaN in <paramref name="b"/> comes through, one in <paramref name="a"/> may be lost.</summary>
    static abstract TVector Max(TVector a, TVector b);

    /// <summary>a * b + c, rounded once, except on <see cref="Simd1"/>, which rounds twice.</summary>
    static abstract TVector Fma(TVector a, TVector b, TVector c);

    /// <summary>c - a * b, rounded as <see cref="Fma"/>.</summary>
    static abstract TVector FmaNegated(TVector a, TVector b, TVector c);

    /// <summary>Square root, correctly rounded.</summary>
    static abstract TVector Sqrt(TVector v);

    /// <summary>Absolute value.</summary>
    static abstract TVector Abs(TVector v);

    /// <summary>The nearest integer, halves to even.</summary>
    static abstract TVector Round(TVector v);

    /// <summary>2^n for integral n in -126..127; n = -127 gives 0 and n = 128 gives infinity.</summary>
    static abstract TVector Exp2i(TVector n);

    /// <summary>Lane by lane: a &lt; b ? whenTrue : whenFalse (NaN compares false).</summary>
    static abstract TVector SelectLess(TVector a, TVector b, TVector whenTrue, TVector whenFalse);

    /// <summary>The sum of the lanes, always in the same order.</summary>
    static abstract float Sum(TVector v);

    /// <summary>The largest lane.</summary>
    static abstract float HorizontalMax(TVector v);
}
