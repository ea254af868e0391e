namespace HkaFer.Tensors;

/// <summary>A device whose memory is the host's.</summary>
internal abstract class HostDevice : Device
{
    private readonly BufferPool _pool = new();

    internal override Storage Allocate(long bytes)
    {
        (object owner, nint pointer, long capacity) = _pool.Rent(bytes, pooled: Region.Current is not null);
        var storage = new Storage(this, owner, pointer, capacity);
        Region.Current?.Add(storage);
        return storage;
    }

    internal override void Recycle(Storage storage)
    {
        storage.Region = null;
        if (storage.Detach() is { } owner)
        {
            _pool.Return(owner);
        }
    }

    internal override unsafe void Write(Tensor y, ReadOnlySpan<byte> bytes, long at)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(at);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(at + bytes.Length, y.Count * y.DType.Size());
        bytes.CopyTo(new Span<byte>((void*)(y.Address + (nint)at), bytes.Length));
        GC.KeepAlive(y);
    }

    internal override unsafe void Read(Tensor x, Span<byte> bytes)
    {
        new ReadOnlySpan<byte>((void*)x.Address, checked((int)(x.Count * x.DType.Size()))).CopyTo(bytes);
        GC.KeepAlive(x);
    }
}
