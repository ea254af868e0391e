using System.Runtime.InteropServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Packing memory of one thread: 64-byte aligned, grown when a larger problem comes and then kept, so that a warm product allocates
/// nothing. It goes when its thread does.
/// </summary>
internal sealed unsafe class PackBuffer
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static PackBuffer? t_a;

    [ThreadStatic]
    private static PackBuffer? t_b;

    private float* _memory;
    private nint _length;

    private PackBuffer()
    {
    }

    ~PackBuffer() => NativeMemory.AlignedFree(_memory);

    /// <summary>Room for <paramref name="length"/> floats of A, until this thread next asks.</summary>
    public static float* A(nint length) => (t_a ??= new PackBuffer()).Reserve(length);

    /// <summary>Room for <paramref name="length"/> floats of B, until this thread next asks. Other threads may read it meanwhile.</summary>
    public static float* B(nint length) => (t_b ??= new PackBuffer()).Reserve(length);

    private float* Reserve(nint length)
    {
        if (length > _length)
        {
            NativeMemory.AlignedFree(_memory);
            _memory = null;
            _length = 0;
            // Whole kilobytes of floats, so that slowly growing problems do not reallocate each time.
            var rounded = (length + 1023) & ~(nint)1023;
            _memory = (float*)NativeMemory.AlignedAlloc((nuint)rounded * sizeof(float), Alignment);
            _length = rounded;
        }
        return _memory;
    }
}
