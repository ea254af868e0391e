using System.Runtime.InteropServices;

namespace HkaFer.Tensors;

/// <summary>
/// Reuses host memory from step to step. Blocks are pinned arrays of the garbage collector: one that is never returned is collected like
/// any object, so neither finalisers nor disposal are needed. A block starts on a cache line and belongs to a size class at most 12.5 % larger
/// than asked for, so that steps of equal shapes find exactly their own blocks again.
/// </summary>
internal sealed class BufferPool
{
    private const int Alignment = 64;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Stack<ulong[]>> _free = [];

    /// <summary>A block of at least the size asked for; its content is undefined.</summary>
    /// <param name="bytes">Size asked for.</param>
    /// <param name="pooled">Whether the block will come back. One that stays for ever is made to measure.</param>
    internal (object Owner, nint Pointer, long Capacity) Rent(long bytes, bool pooled)
    {
        long capacity = pooled ? SizeClass(bytes) : Math.Max(Alignment, (bytes + Alignment - 1) / Alignment * Alignment);
        if (capacity > (long)sizeof(ulong) * (Array.MaxLength - Alignment))
        {
            throw new HkaFerException($"memory: one tensor of {bytes:N0} bytes is more than a block can hold ({(long)sizeof(ulong) * Array.MaxLength:N0}); split it");
        }

        ulong[]? block = null;
        if (pooled)
        {
            lock (_lock)
            {
                if (_free.TryGetValue(capacity, out Stack<ulong[]>? stack))
                {
                    stack.TryPop(out block);
                }
            }
        }

        try
        {
            block ??= GC.AllocateUninitializedArray<ulong>(checked((int)((capacity + Alignment) / sizeof(ulong))), pinned: true);
        }
        catch (OutOfMemoryException e)
        {
            throw new HkaFerException($"memory: {bytes:N0} bytes could not be had; use a smaller batch, model or image", e);
        }

        nint start = Marshal.UnsafeAddrOfPinnedArrayElement(block, 0);
        return (block, (start + Alignment - 1) & ~(nint)(Alignment - 1), capacity);
    }

    /// <summary>Takes a block back.</summary>
    internal void Return(object owner)
    {
        if (owner is not ulong[] block)
        {
            return;
        }

        // A block made to measure fits its class only by chance; others are left to the garbage collector.
        long capacity = (block.LongLength * sizeof(ulong)) - Alignment;
        if (SizeClass(capacity) != capacity)
        {
            return;
        }

        lock (_lock)
        {
            if (!_free.TryGetValue(capacity, out Stack<ulong[]>? stack))
            {
                _free.Add(capacity, stack = new Stack<ulong[]>());
            }

            stack.Push(block);
        }
    }

    /// <summary>Eight classes a power of two.</summary>
    private static long SizeClass(long bytes)
    {
        long size = Math.Max(bytes, 512);
        long step = Math.Max(Alignment, 1L << (62 - (int)long.LeadingZeroCount(size)) >> 2);
        return (size + step - 1) / step * step;
    }
}
