namespace HkaFer.Data.Tests.Loading;

public class SoftLabelTests
{
    private static readonly Preprocessing Small = new() { Size = 4 };

    [Fact]
    public void Distributions_come_as_targets_and_hard_labels_among_them_as_certain()
    {
        var batch = new BatchLoader(new Votes([0.25f, 0.75f, 0], null), 2, Small).InOrder().First();
        Assert.Equal([0.25f, 0.75f, 0, 0, 1, 0], batch.Targets!);
        Assert.Equal([1, 1], batch.Labels);
        Assert.False(batch.IsAnyOf);
    }

    [Fact]
    public void Hard_labels_alone_have_no_targets() => Assert.Null(new BatchLoader(new Votes(null, null), 2, Small).InOrder().First().Targets);

    [Fact]
    public void Batch_after_a_soft_one_may_be_hard()
    {
        var loader = new BatchLoader(new Votes([0.25f, 0.75f, 0], null, null, null, null), 1, Small);
        Assert.Equal([true, false, false, false, false], loader.InOrder().Select(b => b.Targets is not null));
    }

    [Fact]
    public void Drawn_label_is_drawn_anew_each_epoch_from_the_distribution()
    {
        var loader = new BatchLoader(new Votes([0.25f, 0.75f, 0]) { Use = SoftLabelUse.Draw }, 1, Small, seed: 4);
        int[] drawn = [.. Enumerable.Range(0, 2000).Select(epoch => LabelOf(loader, epoch))];
        // 500 are expected; the standard deviation is 19.
        Assert.InRange(drawn.Count(l => l == 0), 405, 595);
        Assert.DoesNotContain(2, drawn);
        Assert.Equal(drawn[..50], Enumerable.Range(0, 50).Select(epoch => LabelOf(loader, epoch)));
        Assert.NotEqual(drawn[..50], Enumerable.Range(0, 50).Select(
            epoch => LabelOf(new BatchLoader(new Votes([0.25f, 0.75f, 0]) { Use = SoftLabelUse.Draw }, 1, Small, seed: 5), epoch)));
    }

    [Fact]
    public void Labels_of_which_any_is_right_cannot_be_blended()
    {
        var data = new Votes([0.5f, 0.5f, 0]) { Use = SoftLabelUse.AnyOf };
        Assert.True(new BatchLoader(data, 1, Small).InOrder().First().IsAnyOf);
        var error = Assert.Throws<HkaFerException>(() => new BatchLoader(data, 1, Small, Augmentation.None with { Cutmix = 1 }));
        Assert.Contains("cutmix", error.Message);
    }

    private static int LabelOf(BatchLoader loader, int epoch) => loader.Batches([0], epoch).Select(b => b.Targets is null ? b.Labels[0] : -1).Single();

    private sealed class Votes(params float[]?[] shares) : ImageDataset("votes", "train", ["a", "b", "c"])
    {
        public SoftLabelUse Use { get; init; }

        public override int Count => shares.Length;

        public override SoftLabelUse SoftLabelUse => Use;

        public override Sample this[int index] => new($"votes/{index}", 1);

        public override IReadOnlyList<float>? SoftLabel(int index) => shares[index];

        public override Image Load(int index) => new(4, 4, new byte[48]);

        public override byte[] Source(int index) => [];
    }
}
