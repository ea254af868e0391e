namespace HkaFer.Tensors;

/// <summary>
/// A block of device memory under one or more tensors. Host blocks are pinned arrays of the garbage collector, so that nothing needs
/// disposing: a block made in a step goes back to the pool when the step ends, any other lives as long as a tensor refers to it.
/// </summary>
internal sealed class Storage
{
    private object? _owner;
    private readonly nint _pointer;

    /// <param name="device">The device whose memory this is.</param>
    /// <param name="owner">What keeps the memory alive: a pinned array, or a mapped file.</param>
    /// <param name="pointer">First byte.</param>
    /// <param name="bytes">Usable bytes.</param>
    internal Storage(Device device, object owner, nint pointer, long bytes)
    {
        Device = device;
        _owner = owner;
        _pointer = pointer;
        Bytes = bytes;
    }

    internal Device Device { get; }

    internal long Bytes { get; }

    /// <summary>The region that will take the memory back, or null when the garbage collector does.</summary>
    internal Region? Region { get; set; }

    /// <summary>First byte.</summary>
    /// <exception cref="InvalidOperationException">The step that made this memory has ended.</exception>
    internal nint Pointer => _owner is not null
        ? _pointer
        : throw new InvalidOperationException(
            "tensor: used after the step that made it has ended, so its memory belongs to others; call Keep() on it inside the step, or copy it out with ToArray()");

    /// <summary>Takes the memory away; whoever still holds the storage gets the exception of <see cref="Pointer"/>.</summary>
    internal object? Detach()
    {
        object? owner = _owner;
        _owner = null;
        return owner;
    }
}
