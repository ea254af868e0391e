namespace HkaFer.Data.Tests.Loading;

public class BatchLoaderTests
{
    private static readonly Preprocessing Small = new() { Size = 20 };

    private static readonly FaceDataset Faces = new(FaceDomain.Source, 1, 14, size: 24);

    [Fact]
    public void Batches_hold_what_the_preprocessing_writes()
    {
        var expected = new float[3 * 20 * 20];
        foreach (var batch in new BatchLoader(Faces, 4, Small).InOrder())
        {
            for (int row = 0; row < batch.Count; row++)
            {
                Small.Write(Faces.Load(batch.Indices[row]), expected);
                Assert.Equal(expected, batch.Pixels[(row * expected.Length)..((row + 1) * expected.Length)]);
                Assert.Equal(Faces[batch.Indices[row]].Label, batch.Labels[row]);
            }
        }
    }

    [Fact]
    public void Training_frames_as_evaluation_does()
    {
        var cropped = Small with { Framing = Framing.ShortestEdgeCrop, Edge = 23, Resampling = Resampling.Bilinear };
        Assert.Equal(
            Pictures(new BatchLoader(Faces, 4, cropped).InOrder()),
            Pictures(new BatchLoader(Faces, 4, cropped, Augmentation.None).InOrder()));
    }

    [Fact]
    public void Last_batch_may_be_short()
    {
        var loader = new BatchLoader(Faces, 4, Small);
        Assert.Equal(4, loader.BatchCount);
        Assert.Equal([4, 4, 4, 2], loader.InOrder().Select(b => b.Count));
    }

    [Fact]
    public void Epoch_has_every_picture_once_in_another_order()
    {
        var loader = new BatchLoader(Faces, 4, Small, seed: 3);
        int[] first = Indices(loader.Epoch(0)), second = Indices(loader.Epoch(1));
        Assert.Equal(Enumerable.Range(0, 14), first.Order());
        Assert.Equal(Enumerable.Range(0, 14), second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(first, Indices(new BatchLoader(Faces, 4, Small, seed: 3).Epoch(0)));
        Assert.NotEqual(first, Indices(new BatchLoader(Faces, 4, Small, seed: 4).Epoch(0)));
    }

    [Fact]
    public void Augmented_picture_depends_on_run_epoch_and_index_only()
    {
        var loader = new BatchLoader(Faces, 4, Small, Augmentation.Paper, seed: 9);
        var whole = Pictures(loader.Batches([.. Enumerable.Range(0, 14)], epoch: 2));
        var part = Pictures(new BatchLoader(Faces, 3, Small, Augmentation.Paper, seed: 9, cacheBytes: 0).Batches([11, 5], epoch: 2));
        Assert.Equal(whole[11], part[11]);
        Assert.Equal(whole[5], part[5]);
        Assert.NotEqual(whole[5], Pictures(loader.Batches([5], epoch: 3))[5]);
        Assert.NotEqual(whole[5], Pictures(new BatchLoader(Faces, 4, Small, Augmentation.Paper, seed: 10).Batches([5], epoch: 2))[5]);
    }

    [Fact]
    public void Repeated_epochs_of_one_loader_are_the_same_bits()
    {
        // The augmentation must not have written to a cached picture in between.
        var loader = new BatchLoader(Faces, 4, Small, Augmentation.None with { Erasing = 1 }, seed: 9);
        var first = Pictures(loader.Epoch(1));
        Pictures(loader.Epoch(2));
        var again = Pictures(loader.Epoch(1));
        Assert.All(first, p => Assert.Equal(p.Value, again[p.Key]));
    }

    [Fact]
    public void Buffers_are_used_again()
    {
        var loader = new BatchLoader(Faces, 1, Small);
        var buffers = loader.InOrder().Concat(loader.InOrder()).Select(b => b.Pixels).Distinct().Count();
        Assert.Equal(3, buffers);
    }

    [Fact]
    public void Later_epochs_decode_nothing()
    {
        var data = new Probe(14);
        var loader = new BatchLoader(data, 4, Small);
        Pictures(loader.Epoch(0));
        Pictures(loader.Epoch(1));
        Assert.Equal(14, data.Loads);
    }

    [Fact]
    public void Loader_is_ahead_by_two_batches_at_most()
    {
        int asked = 0, ahead = 0;
        using var data = new Probe(100) { Loading = index => ahead = Math.Max(ahead, (index / 5) + 1 - Volatile.Read(ref asked)) };
        using var batches = new BatchLoader(data, 5, Small).InOrder().GetEnumerator();
        for (int batch = 1; batch <= 20; batch++)
        {
            Volatile.Write(ref asked, batch);
            Assert.True(batches.MoveNext());

            // Slower than the loader, so that it gets as far ahead as it may.
            Assert.True(SpinWait.SpinUntil(() => data.Loads >= Math.Min(100, 5 * (batch + 2)), TimeSpan.FromSeconds(60)));
        }

        Assert.False(batches.MoveNext());
        Assert.Equal(2, ahead);
    }

    [Fact]
    public void Unreadable_picture_reaches_the_consumer_with_its_name()
    {
        var loader = new BatchLoader(new Probe(14) { Broken = 6 }, 4, Small);
        int seen = 0;
        var error = Assert.Throws<HkaFerException>(() =>
        {
            foreach (var batch in loader.InOrder()) seen += batch.Count;
        });
        Assert.Contains("probe/6", error.Message);
        Assert.Equal(4, seen);
        // And the loader still works.
        Assert.Equal([0, 1], Indices(loader.Batches([0, 1], 0)));
    }

    [Fact]
    public void Leaving_the_loop_early_stops_the_thread()
    {
        Thread? loader = null;
        using var data = new Probe(1000) { Loading = _ => Volatile.Write(ref loader, Thread.CurrentThread) };
        Assert.Equal(5, new BatchLoader(data, 5, Small).InOrder().First().Count);
        Assert.False(Volatile.Read(ref loader)!.IsAlive);
    }

    [Fact]
    public async Task Cancellation_while_a_picture_is_awaited_ends_the_loop()
    {
        using var stop = new CancellationTokenSource();
        using var data = new Probe(10) { Gate = new ManualResetEventSlim() };
        var loop = Task.Run(() => Assert.ThrowsAny<OperationCanceledException>(
            () => new BatchLoader(data, 5, Small).InOrder(stop.Token).Count()));
        Assert.True(data.Waiting.Wait(TimeSpan.FromSeconds(20)));
        await stop.CancelAsync();
        data.Gate.Set();
        await loop.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(1, data.Loads);
    }

    [Fact]
    public void Empty_order_gives_no_batch() => Assert.Empty(new BatchLoader(Faces, 4, Small).Batches([], 0));

    [Fact]
    public void Index_out_of_range_is_refused_at_once() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchLoader(Faces, 4, Small).Batches([14], 0));

    private static int[] Indices(IEnumerable<Batch> batches) => [.. batches.SelectMany(b => b.Indices[..b.Count])];

    private static Dictionary<int, float[]> Pictures(IEnumerable<Batch> batches)
    {
        var pictures = new Dictionary<int, float[]>();
        foreach (var batch in batches)
        {
            int length = batch.Pixels.Length / batch.Labels.Length;
            for (int row = 0; row < batch.Count; row++) pictures[batch.Indices[row]] = batch.Pixels[(row * length)..((row + 1) * length)];
        }

        return pictures;
    }

    /// <summary>A data set that tells what is done with it.</summary>
    private sealed class Probe(int count) : ImageDataset("probe", "train", ["a"]), IDisposable
    {
        private int _loads;

        public int Loads => Volatile.Read(ref _loads);

        public int Broken { get; init; } = -1;

        public ManualResetEventSlim? Gate { get; init; }

        public Action<int>? Loading { get; init; }

        public ManualResetEventSlim Waiting { get; } = new();

        public override int Count => count;

        public override Sample this[int index] => new($"probe/{index}", 0);

        public override byte[] Source(int index) => [(byte)index];

        public override Image Load(int index)
        {
            Loading?.Invoke(index);
            Interlocked.Increment(ref _loads);
            Waiting.Set();
            Gate?.Wait();
            return index == Broken ? throw new HkaFerException($"image probe/{index}: truncated") : new Image(4, 4, new byte[48]);
        }

        public void Dispose()
        {
            Gate?.Dispose();
            Waiting.Dispose();
        }
    }
}
