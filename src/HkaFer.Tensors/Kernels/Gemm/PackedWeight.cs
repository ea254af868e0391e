using System.Runtime.InteropServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// What products make of a matrix W [out, in] that does not change, made by the first product x W^T and kept: a frozen weight is then packed once and not in every
/// forward pass. Safe to use from several threads.
/// </summary>
internal sealed unsafe class PackedWeight
{
    private const int Alignment = 64;

    private readonly Lock _making = new();
    private float[]? _block;

    /// <summary>The same for a matrix in bfloat16.</summary>
    public BFloat16Packing BFloat16 { get; } = new();

    /// <summary>B of a product x W^T, packed.</summary>
    /// <param name="workers">Threads.</param>
    /// <param name="set">Always the same.</param>
    /// <param name="p">The product; its B is W^T, whole.</param>
    /// <returns>Null where the product does not read a packed B.</returns>
    public float* For(Workers workers, InstructionSet set, in GemmProblem p)
    {
        if (p.BRow != 1 || p.BCol != p.K || Gemm.UsesDots(p))
        {
            return null;
        }

        float[]? block = Volatile.Read(ref _block);
        if (block is null)
        {
            lock (_making)
            {
                block = _block ?? Make(workers, set, p);
                Volatile.Write(ref _block, block);
            }
        }

        return Start(block);
    }

    private static float[] Make(Workers workers, InstructionSet set, GemmProblem p)
    {
        float[] block = GC.AllocateUninitializedArray<float>(checked((int)Gemm.PackedLength(set, p) + (Alignment / sizeof(float))), pinned: true);
        p.Packed = Start(block);
        Gemm.Pack(workers, set, p);
        return block;
    }

    private static float* Start(float[] block) =>
        (float*)((Marshal.UnsafeAddrOfPinnedArrayElement(block, 0) + Alignment - 1) & ~(nint)(Alignment - 1));
}
