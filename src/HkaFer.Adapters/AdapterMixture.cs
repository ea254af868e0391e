using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// Which adapter each image of a batch goes through, for the forward passes of one thread. It stands in the place of <see cref="AdapterLayer.Enabled"/>
/// and changes no shared state, so that other threads can run other adapters on the same backbone meanwhile.
/// </summary>
internal sealed class AdapterMixture : IDisposable
{
    [ThreadStatic]
    private static AdapterMixture? s_current;

    private readonly AdapterMixture? _outer;
    private readonly (Adapter Adapter, int Start, int Count)[] _rows;
    private readonly int _batch;

    /// <summary>Opens a mixture for this thread, until it is disposed.</summary>
    /// <param name="batch">Number of images.</param>
    /// <param name="rows">Adapters and the images that they take, which follow each other; an image that none takes sees the bare backbone.</param>
    internal AdapterMixture(int batch, IEnumerable<(Adapter Adapter, int Start, int Count)> rows)
    {
        (_batch, _rows, _outer) = (batch, [.. rows], s_current);
        s_current = this;
    }

    /// <summary>That of this thread, or null.</summary>
    internal static AdapterMixture? Current => s_current;

    /// <summary>Adds an adapter's share to the images that go through it, in the memory of y.</summary>
    internal Tensor Add(AdapterLayer layer, Tensor x, Tensor y)
    {
        foreach ((Adapter adapter, int start, int count) in _rows)
        {
            if (adapter != layer.Owner)
            {
                continue;
            }

            if (y.Shape[0] != _batch)
            {
                throw new HkaFerException($"adapters: {layer.LayerPath} gives {y.Shape} for a batch of {_batch} images; expected the images along the first axis");
            }

            Tensor part = y.Slice(0, start, count), result = layer.AddTo(x.Slice(0, start, count), part);
            if (!layer.WritesInPlace)
            {
                part.CopyFrom(result);
            }
        }

        return y;
    }

    /// <inheritdoc/>
    public void Dispose() => s_current = _outer;
}
