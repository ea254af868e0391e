namespace HkaFer.Data.Tests.Augment;

public class MixingTests
{
    private static readonly Preprocessing Small = new() { Size = 16 };

    private static readonly FaceDataset Faces = new(FaceDomain.Source, 1, 14, size: 24);

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(8)]
    public void Share_is_drawn_from_beta(double alpha)
    {
        var rng = new PictureRng(7);
        double[] shares = [.. Enumerable.Range(0, 20_000).Select(_ => Mixing.Beta(ref rng, alpha))];
        double mean = shares.Average(), variance = shares.Average(s => (s - mean) * (s - mean));
        Assert.All(shares, s => Assert.InRange(s, 0, 1));
        // The standard deviation of the mean is 0.0035 at most.
        Assert.Equal(0.5, mean, 0.015);
        Assert.Equal(1 / (4 * ((2 * alpha) + 1)), variance, 0.01);
    }

    [Fact]
    public void Mixup_blends_pictures_as_it_blends_labels()
    {
        var (plain, mixed) = (Batch(Augmentation.None), Batch(Augmentation.None with { Mixup = 1 }));
        int length = 3 * 16 * 16;
        Assert.NotNull(mixed.Targets);
        for (int row = 0; row < 7; row++)
        {
            var (own, share, partner) = Parts(plain, mixed, row);
            for (int i = 0; i < length; i++)
            {
                float expected = (share * plain.Pixels[(own * length) + i]) + ((1 - share) * plain.Pixels[(partner * length) + i]);
                Assert.Equal(expected, mixed.Pixels[(own * length) + i], 1e-4f);
            }
        }
    }

    [Fact]
    public void CutMix_takes_as_much_of_the_label_as_of_the_picture()
    {
        var (plain, mixed) = (Batch(Augmentation.None), Batch(Augmentation.None with { Cutmix = 1 }));
        int length = 3 * 16 * 16;
        for (int row = 0; row < 7; row++)
        {
            var (own, share, partner) = Parts(plain, mixed, row);
            int kept = Enumerable.Range(0, length).Count(i => mixed.Pixels[(own * length) + i] == plain.Pixels[(own * length) + i]);
            int taken = Enumerable.Range(0, length).Count(i => mixed.Pixels[(own * length) + i] == plain.Pixels[(partner * length) + i]);
            // Some pixels are the same in both.
            Assert.True(kept >= share * length - 0.5 && taken >= (1 - share) * length - 0.5, $"{kept} kept, {taken} taken, share {share}");
        }
    }

    [Fact]
    public void With_both_each_batch_gets_one_of_them()
    {
        var both = Augmentation.None with { Mixup = 1, Cutmix = 1 };
        var loader = new BatchLoader(Faces, 2, Small, both, seed: 3);
        var plain = new BatchLoader(Faces, 2, Small, Augmentation.None, seed: 3);
        int cut = 0, blended = 0;
        for (int epoch = 0; epoch < 10; epoch++)
        {
            foreach (var (mixed, whole) in loader.Epoch(epoch).Zip(plain.Epoch(epoch)))
            {
                // A picture that was cut still has pixels of its own; one that was blended has none but where both are alike.
                double alike = mixed.Pixels.Zip(whole.Pixels).Count(p => p.First == p.Second) / (double)mixed.Pixels.Length;
                if (mixed.Targets![0] == 1 || mixed.Targets.Contains(1f)) continue;
                if (alike > 0.5 || alike > 0.1 && mixed.Targets.Take(7).Max() < 0.5) cut++;
                else blended++;
            }
        }

        Assert.True(cut > 5 && blended > 5, $"{cut} cut, {blended} blended");
    }

    [Fact]
    public void Rest_of_an_epoch_mixes_as_the_whole()
    {
        var mixing = Augmentation.Paper with { Mixup = 0.4, Cutmix = 1 };
        var loader = new BatchLoader(Faces, 4, Small, mixing, seed: 9);
        int[] order = Shuffle.Epoch(14, 9, 2);
        float[][] whole = [.. loader.Batches(order, 2).Select(Content)];
        Assert.Equal(whole[2..], loader.Batches(order[8..], 2, firstBatch: 2).Select(Content));
        Assert.NotEqual(whole[2..], loader.Batches(order[8..], 2).Select(Content));

        static float[] Content(Batch batch) => [.. batch.Pixels[..(batch.Count * 3 * 16 * 16)], .. batch.Targets![..(batch.Count * 7)]];
    }

    [Fact]
    public void Batch_of_one_is_left_alone()
    {
        var mixed = new BatchLoader(Faces, 4, Small, Augmentation.None with { Mixup = 1 }).Batches([3], 0).First();
        var plain = new BatchLoader(Faces, 4, Small, Augmentation.None).Batches([3], 0).First();
        Assert.Null(mixed.Targets);
        Assert.Equal(plain.Pixels, mixed.Pixels);
    }

    [Fact]
    public void Alpha_out_of_range_is_refused() =>
        Assert.Contains("mixup", Assert.Throws<HkaFerException>(
            () => (Augmentation.None with { Mixup = double.NaN }).Apply(Faces.Load(0), new Preprocessing { Size = 8 }, 1)).Message);

    private static Batch Batch(Augmentation augmentation) =>
        new BatchLoader(Faces, 7, Small, augmentation, seed: 5).Batches([0, 1, 2, 3, 4, 5, 6], 1).First();

    // Every picture of these is of a class of its own, so the targets tell which picture was mixed in. One mixed with itself has a single class.
    private static (int Own, float Share, int Partner) Parts(Batch plain, Batch mixed, int row)
    {
        int own = Array.IndexOf(plain.Indices, row);
        float[] target = mixed.Targets![(own * 7)..((own + 1) * 7)];
        Assert.Equal(1, target.Sum(), 1e-6f);
        float share = target[plain.Labels[own]];
        int other = Array.FindIndex(target, 0, t => t > 0 && t != share);
        int partner = other < 0 ? own : Array.IndexOf(plain.Labels, other);
        Assert.Equal(share < 0.5f ? plain.Labels[partner] : plain.Labels[own], mixed.Labels[own]);
        return (own, share, partner);
    }
}
