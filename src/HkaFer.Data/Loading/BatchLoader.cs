using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace HkaFer.Data;

/// <summary>
/// Prepares batches on a thread of its own while the model computes on the last one. What a picture looks like depends on the run's
/// seed, the epoch and its index only: neither the order nor the number of threads nor an earlier failure changes it. What mixup and CutMix make
/// of a batch depends on its position in the epoch too.
/// </summary>
public sealed class BatchLoader
{
    /// <summary>Batches in flight: one in use, one ready, one being prepared.</summary>
    private const int Buffers = 3;

    // Set apart what is drawn for an epoch, a picture and a batch.
    private const ulong LabelDraws = 0x6C6162656C, Mixes = 0x6D6978;

    private readonly ImageDataset _data;
    private readonly Preprocessing _preprocessing;
    private readonly Augmentation? _augmentation;
    private readonly ulong _seed;
    private readonly ConcurrentBag<Batch> _spare = [];

    /// <summary>A loader over a data set; reads nothing yet.</summary>
    /// <param name="data">The pictures.</param>
    /// <param name="batchSize">Pictures a batch, at least 1.</param>
    /// <param name="preprocessing">Size, framing and normalisation that the model wants, in training as in evaluation.</param>
    /// <param name="augmentation">Random changes for training; none for evaluation.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="cacheBytes">Most bytes of decoded pictures to keep in memory; 0 keeps none.</param>
    /// <exception cref="HkaFerException">Mixup or CutMix is to blend labels of which any may be right.</exception>
    public BatchLoader(
        ImageDataset data, int batchSize, Preprocessing preprocessing, Augmentation? augmentation = null, ulong seed = 0,
        long cacheBytes = CachedDataset.DefaultLimit)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (Mixing.Wanted(augmentation) && data.SoftLabelUse == SoftLabelUse.AnyOf)
        {
            throw new HkaFerException($"loader: mixup and cutmix cannot blend the labels of {data.Kind}, any of which may be right; turn them off");
        }

        _data = data is CachedDataset || cacheBytes == 0 ? data : new CachedDataset(data, cacheBytes);
        (BatchSize, _preprocessing, _augmentation, _seed) = (batchSize, preprocessing, augmentation, seed);
    }

    /// <summary>Pictures a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Batches in an epoch of the whole data set, the short last one included.</summary>
    public int BatchCount => (_data.Count + BatchSize - 1) / BatchSize;

    /// <summary>The whole data set in the shuffled order of an epoch (see <see cref="Shuffle.Epoch"/>), for training.</summary>
    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel = default) =>
        Batches(Shuffle.Epoch(_data.Count, _seed, epoch), epoch, cancel: cancel);

    /// <summary>The whole data set in its own order, for evaluation.</summary>
    public IEnumerable<Batch> InOrder(CancellationToken cancel = default) => Batches([.. Enumerable.Range(0, _data.Count)], 0, cancel: cancel);

    /// <summary>
    /// Pictures in a given order: a part of the data set, a class-balanced sample, the rest of an epoch that was interrupted. Leaving the
    /// loop early, by whatever way, stops the thread.
    /// </summary>
    /// <param name="order">Positions in the data set; may repeat.</param>
    /// <param name="epoch">Enters the seeds of the augmentation.</param>
    /// <param name="firstBatch">Position of the first batch in its epoch, from 0, where the order is the rest of one.</param>
    /// <param name="cancel">Stops the loop with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="HkaFerException">A picture cannot be read; thrown from the loop when its batch would be due, and names
    /// it.</exception>
    public IEnumerable<Batch> Batches(IReadOnlyList<int> order, int epoch, int firstBatch = 0, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        foreach (int index in order)
        {
            if ((uint)index >= (uint)_data.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(order), index, $"loader: no picture {index} in a data set of {_data.Count}");
            }
        }

        return Run(order, epoch, firstBatch, cancel);
    }

    private IEnumerable<Batch> Run(IReadOnlyList<int> order, int epoch, int firstBatch, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var free = new BlockingCollection<Batch>();
        using var ready = new BlockingCollection<(Batch? Batch, ExceptionDispatchInfo? Error)>();
        var buffers = Enumerable.Range(0, Buffers).Select(_ => Buffer()).ToArray();
        foreach (var buffer in buffers) free.Add(buffer, CancellationToken.None);
        var thread = new Thread(() => Prepare(order, epoch, firstBatch, free, ready, stop.Token)) { IsBackground = true, Name = "hkafer loader" };
        thread.Start();
        try
        {
            while (true)
            {
                var (batch, error) = ready.Take(cancel);
                error?.Throw();
                if (batch is null) yield break;
                yield return batch;
                free.Add(batch, CancellationToken.None);
            }
        }
        finally
        {
            stop.Cancel();
            // It looks at the token before every picture, so this waits for one picture at most.
            thread.Join();
            foreach (var buffer in buffers) _spare.Add(buffer);
        }
    }

    private void Prepare(
        IReadOnlyList<int> order, int epoch, int firstBatch, BlockingCollection<Batch> free,
        BlockingCollection<(Batch?, ExceptionDispatchInfo?)> ready, CancellationToken stop)
    {
        float[]? copy = null;
        try
        {
            for (int start = 0; start < order.Count; start += BatchSize)
            {
                var batch = free.Take(stop);
                batch.Count = Math.Min(BatchSize, order.Count - start);
                (batch.IsSoft, batch.IsAnyOf) = (false, false);
                for (int row = 0; row < batch.Count; row++)
                {
                    stop.ThrowIfCancellationRequested();
                    Fill(batch, row, order[start + row], epoch);
                }

                if (Mixing.Wanted(_augmentation))
                {
                    copy ??= new float[batch.Pixels.Length];
                    ulong position = (ulong)(firstBatch + (start / BatchSize));
                    Mixing.Apply(batch, _augmentation!, PictureRng.Derive(_seed, (ulong)epoch, position, Mixes), copy);
                }

                ready.Add((batch, null), CancellationToken.None);
            }

            ready.Add((null, null), CancellationToken.None);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The consumer is gone, or learns of the cancellation from its own token.
        }
        catch (Exception e)
        {
            // Whatever it is, it belongs to the consumer; on this thread it would end the process.
            ready.Add((null, ExceptionDispatchInfo.Capture(e)), CancellationToken.None);
        }
    }

    private void Fill(Batch batch, int row, int index, int epoch)
    {
        int length = 3 * batch.Size * batch.Size;
        var pixels = batch.Pixels.AsSpan(row * length, length);
        var image = _data.Load(index);
        if (_augmentation is null) _preprocessing.Write(image, pixels);
        else _preprocessing.Normalize(_augmentation.Apply(image, _preprocessing, PictureRng.Derive(_seed, (ulong)epoch, (ulong)index)), pixels);
        batch.Indices[row] = index;
        Label(batch, row, index, epoch);
    }

    private void Label(Batch batch, int row, int index, int epoch)
    {
        var targets = batch.TargetBuffer.AsSpan(row * batch.Classes, batch.Classes);
        batch.Labels[row] = _data[index].Label;
        if (_data.SoftLabel(index) is { } shares)
        {
            if (_data.SoftLabelUse != SoftLabelUse.Draw)
            {
                for (int c = 0; c < targets.Length; c++) targets[c] = shares[c];
                (batch.IsSoft, batch.IsAnyOf) = (true, _data.SoftLabelUse == SoftLabelUse.AnyOf);
                return;
            }

            batch.Labels[row] = Draw(shares, PictureRng.Derive(_seed, (ulong)epoch, (ulong)index, LabelDraws));
        }

        targets.Clear();
        targets[batch.Labels[row]] = 1;
    }

    private static int Draw(IReadOnlyList<float> shares, ulong seed)
    {
        double left = new PictureRng(seed).NextDouble();
        int last = 0;
        for (int c = 0; c < shares.Count; c++)
        {
            if (shares[c] <= 0) continue;
            last = c;
            left -= shares[c];
            if (left < 0) break;
        }

        // Where rounding leaves a remainder it falls to the last class that has a share.
        return last;
    }

    private Batch Buffer() => _spare.TryTake(out var batch) ? batch : new Batch(BatchSize, _preprocessing.Size, _data.Classes.Count);
}
