namespace HkaFer.Data;

/// <summary>
/// Keeps decoded pictures in memory, so that later epochs decode nothing. When the limit is reached the pictures that came first stay and
/// the others are decoded each time: every epoch wants every picture once, so replacing one by another would gain nothing.
/// </summary>
public sealed class CachedDataset : ImageDataset
{
    /// <summary>512 MiB: all of FERPlus, or 3,500 pictures of 224 x 224.</summary>
    public const long DefaultLimit = 512L << 20;

    private readonly ImageDataset _inner;
    private readonly Image?[] _kept;
    private readonly CacheBudget _budget;
    private long _bytes;

    /// <summary>Wraps a data set.</summary>
    /// <param name="inner">What is read.</param>
    /// <param name="limitBytes">Most bytes of pixels to keep; 0 keeps nothing.</param>
    public CachedDataset(ImageDataset inner, long limitBytes = DefaultLimit)
        : this(inner, new CacheBudget(limitBytes))
    {
    }

    /// <summary>Wraps one of several data sets that share a limit.</summary>
    /// <param name="inner">What is read.</param>
    /// <param name="budget">The limit.</param>
    public CachedDataset(ImageDataset inner, CacheBudget budget)
        : base(Of(inner).Kind, inner.Split, inner.Classes)
    {
        ArgumentNullException.ThrowIfNull(budget);
        _inner = inner;
        _budget = budget;
        _kept = new Image?[inner.Count];
    }

    /// <summary>Bytes of pixels kept by now.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <inheritdoc/>
    public override int Count => _inner.Count;

    /// <inheritdoc/>
    public override Sample this[int index] => _inner[index];

    /// <summary>The picture, decoded at most once while there is room. It is shared: do not write to its pixels.</summary>
    public override Image Load(int index)
    {
        if (Volatile.Read(ref _kept[index]) is { } kept) return kept;
        var image = _inner.Load(index);
        long size = image.Pixels.LongLength;
        if (!_budget.TryTake(size))
        {
            return image;
        }

        if (Interlocked.CompareExchange(ref _kept[index], image, null) is null)
        {
            Interlocked.Add(ref _bytes, size);
        }
        else
        {
            // Another thread was faster.
            _budget.Return(size);
        }

        return image;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes => _inner.Notes;

    /// <inheritdoc/>
    public override SoftLabelUse SoftLabelUse => _inner.SoftLabelUse;

    /// <inheritdoc/>
    public override IReadOnlyList<float>? SoftLabel(int index) => _inner.SoftLabel(index);

    /// <inheritdoc/>
    protected internal override void CheckFile(int index) => _inner.CheckFile(index);

    /// <inheritdoc/>
    public override long SourceBytes(int index) => _inner.SourceBytes(index);

    /// <inheritdoc/>
    public override byte[] Source(int index) => _inner.Source(index);

    private static ImageDataset Of(ImageDataset inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner;
    }
}
