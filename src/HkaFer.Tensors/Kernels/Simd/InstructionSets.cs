using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>Which instruction sets this processor runs, and which of them kernels take unless told otherwise.</summary>
internal static class InstructionSets
{
    /// <summary>The widest supported set.</summary>
    public static InstructionSet Best { get; } =
        IsSupported(InstructionSet.Avx512) ? InstructionSet.Avx512
        : IsSupported(InstructionSet.Avx2) ? InstructionSet.Avx2
        : IsSupported(InstructionSet.AdvSimd) ? InstructionSet.AdvSimd
        : InstructionSet.Portable;

    /// <summary>Every supported set, narrowest first: what tests sweep over.</summary>
    public static IEnumerable<InstructionSet> Supported => Enum.GetValues<InstructionSet>().Where(IsSupported);

    /// <summary>True when this processor and runtime execute <paramref name="set"/>.</summary>
    public static bool IsSupported(InstructionSet set) => set switch
    {
        InstructionSet.Portable => true,
        InstructionSet.AdvSimd => AdvSimd.Arm64.IsSupported,
        // FMA is a feature of its own; the AVX2 kernels are pointless without it.
        InstructionSet.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        InstructionSet.Avx512 => Avx512F.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported,
        _ => false,
    };

    /// <summary>Runs <paramref name="kernel"/> specialised for <paramref name="set"/>.</summary>
    /// <exception cref="PlatformNotSupportedException">This processor does not execute it.</exception>
    public static void Run<TKernel>(InstructionSet set, ref TKernel kernel)
        where TKernel : struct, ISimdKernel
    {
        if (!IsSupported(set))
        {
            throw new PlatformNotSupportedException($"kernel: instruction set {set} is not supported by this processor; take {Best}");
        }
        switch (set)
        {
            case InstructionSet.Avx512:
                kernel.Run<Simd512, Vector512<float>>();
                break;
            case InstructionSet.Avx2:
                kernel.Run<Simd256, Vector256<float>>();
                break;
            case InstructionSet.AdvSimd:
                kernel.Run<Simd128, Vector128<float>>();
                break;
            default:
                kernel.Run<Simd1, float>();
                break;
        }
    }
}
