namespace HkaFer.Tensors.Kernels;

/// <summary>The instruction sets that kernels are specialised for; each has one <see cref="ISimd{TVector}"/>.</summary>
internal enum InstructionSet
{
    /// <summary>Scalar code for any processor (<see cref="Simd1"/>).</summary>
    Portable,

    /// <summary>Arm 64, 4 floats (<see cref="Simd128"/>).</summary>
    AdvSimd,

    /// <summary>x86 with AVX2 and FMA, 8 floats (<see cref="Simd256"/>).</summary>
    Avx2,

    /// <summary>x86 with AVX-512 F, DQ and VL, 16 floats (<see cref="Simd512"/>).</summary>
    Avx512,
}
