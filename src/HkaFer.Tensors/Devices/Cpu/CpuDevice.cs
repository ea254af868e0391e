using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

/// <summary>
/// The processor. Kernels for dense float32, by instruction set, over a fixed team of threads; what is not worth a kernel (other types, odd
/// layouts) is left to the plain loops of <see cref="ReferenceDevice"/>, which read the same memory.
/// </summary>
internal sealed partial class CpuDevice : HostDevice
{
    /// <param name="set">Instruction set of the kernels; the best one where not given.</param>
    /// <param name="workers">Threads; the process's team where not given.</param>
    /// <param name="bfloat16">Whether products of bfloat16 go through oneDNN; where not given, if it is there and <paramref name="set"/> is the best one.</param>
    internal CpuDevice(InstructionSet? set = null, Workers? workers = null, bool? bfloat16 = null)
    {
        Set = set ?? InstructionSets.Best;
        Workers = workers ?? Workers.Default;
        BFloat16Arithmetic = (bfloat16 ?? Set == InstructionSets.Best) && OneDnnLibrary.Found is not null;
    }

    public override string Name => "cpu";

    internal InstructionSet Set { get; }

    internal Workers Workers { get; }

    internal override bool BFloat16Arithmetic { get; }

    private static Device Plainly => Reference;

    /// <summary>Whether a tensor is what the kernels take: float32 without gaps.</summary>
    private static bool IsDense(Tensor? x) => x is null || (x.DType == DType.Float32 && x.IsContiguous);
}
