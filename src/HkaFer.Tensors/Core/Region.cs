namespace HkaFer.Tensors;

/// <summary>The memory of one step: what is made while it is open goes back to the pool when it is disposed, whatever threw.</summary>
internal sealed class Region : IDisposable
{
    [ThreadStatic]
    private static Region? s_current;

    private readonly List<Storage> _storages = [];
    private readonly Region? _outer = s_current;
    private bool _closed;

    internal Region() => s_current = this;

    internal static Region? Current => s_current;

    /// <summary>Memory that the region holds now.</summary>
    internal long Bytes => _storages.Where(storage => storage.Region == this).Sum(storage => storage.Bytes);

    internal void Add(Storage storage)
    {
        storage.Region = this;
        _storages.Add(storage);
    }

    /// <summary>Gives a storage to the region around this one, or to the garbage collector where there is none.</summary>
    internal void Promote(Storage storage)
    {
        if (storage.Region != this)
        {
            return;
        }

        storage.Region = null;
        _outer?.Add(storage);
    }

    /// <summary>Gives everything to the region around this one.</summary>
    internal void PromoteAll()
    {
        foreach (Storage storage in _storages)
        {
            Promote(storage);
        }
    }

    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        s_current = _outer;
        foreach (Storage storage in _storages)
        {
            // Kept or promoted storages have left; released ones are already detached.
            if (storage.Region == this)
            {
                storage.Device.Recycle(storage);
            }
        }

        _storages.Clear();
    }
}
