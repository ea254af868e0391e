using System.Runtime.InteropServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Packing memory of one thread: 64-byte aligned, grown when a larger problem comes and then kept, so that a warm product allocates
/// nothing; a pinned array, which the garbage collector takes back with the thread.
/// </summary>
internal sealed unsafe class PackBuffer
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static PackBuffer? t_a;

    [ThreadStatic]
    private static PackBuffer? t_b;

    private float[] _block = [];

    private PackBuffer()
    {
    }

    /// <summary>Room for <paramref name="length"/> floats of A, until this thread next asks.</summary>
    public static float* A(nint length) => (t_a ??= new PackBuffer()).Reserve(length);

    /// <summary>Room for <paramref name="length"/> floats of B, until this thread next asks. Other threads may read it meanwhile.</summary>
    public static float* B(nint length) => (t_b ??= new PackBuffer()).Reserve(length);

    private float* Reserve(nint length)
    {
        if (_block.LongLength < length + (Alignment / sizeof(float)))
        {
            // Whole kilobytes of floats, so that slowly growing problems do not reallocate each time.
            long rounded = (length + (Alignment / sizeof(float)) + 1023) & ~1023L;
            _block = GC.AllocateUninitializedArray<float>(checked((int)rounded), pinned: true);
        }

        nint start = Marshal.UnsafeAddrOfPinnedArrayElement(_block, 0);
        return (float*)((start + Alignment - 1) & ~(nint)(Alignment - 1));
    }
}
