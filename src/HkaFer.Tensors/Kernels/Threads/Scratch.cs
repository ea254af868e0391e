using System.Runtime.InteropServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Working memory of one kernel call on one thread. Each thread keeps its block and only ever grows it, so that nothing is allocated after
/// the first step; the block is a pinned array, which the garbage collector takes back with the thread.
/// </summary>
internal static unsafe class Scratch
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static byte[]? t_block;

    /// <summary>At least <paramref name="bytes"/> on a cache line, undefined content, until this thread asks again.</summary>
    internal static void* Get(long bytes)
    {
        byte[]? block = t_block;
        if (block is null || block.LongLength < bytes + Alignment)
        {
            // Half as much again, so that slowly growing sizes do not allocate each time.
            block = t_block = GC.AllocateUninitializedArray<byte>(checked((int)(bytes + (bytes / 2) + Alignment)), pinned: true);
        }

        nint start = Marshal.UnsafeAddrOfPinnedArrayElement(block, 0);
        return (void*)((start + Alignment - 1) & ~(nint)(Alignment - 1));
    }

    /// <summary>As <see cref="Get"/>, in floats.</summary>
    internal static float* Floats(long count) => (float*)Get(count * sizeof(float));
}
