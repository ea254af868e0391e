namespace HkaFer.Data.Tests.Loading;

public class ShuffleTests
{
    [Fact]
    public void Order_is_a_permutation_that_follows_its_seed()
    {
        int[] order = Shuffle.Order(1000, 5);
        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
        Assert.Equal(order, Shuffle.Order(1000, 5));
        Assert.NotEqual(order, Shuffle.Order(1000, 6));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Nothing_to_shuffle_is_fine(int count) => Assert.Equal(count, Shuffle.Order(count, 1).Length);

    [Fact]
    public void Every_place_is_equally_likely()
    {
        var counts = new int[4];
        for (ulong seed = 0; seed < 8000; seed++) counts[Array.IndexOf(Shuffle.Order(4, seed), 0)]++;
        // 2000 each; the standard deviation is 39, so five of them either way.
        Assert.All(counts, n => Assert.InRange(n, 1805, 2195));
    }

    [Fact]
    public void Balanced_epoch_has_every_class_as_often_and_is_as_long()
    {
        int[] labels = [.. Enumerable.Repeat(0, 20), .. Enumerable.Repeat(1, 7), .. Enumerable.Repeat(2, 2)];
        int[] order = Shuffle.BalancedEpoch(labels, 5, 3);
        Assert.Equal(29, order.Length);
        Assert.Equal([9, 10, 10], order.GroupBy(i => labels[i]).Select(g => g.Count()).Order());
        // A large class gives a part of it, a small one each picture as often as the others, give or take one.
        Assert.True(order.Where(i => labels[i] == 0).Distinct().Count() is 9 or 10);
        Assert.All(order.Where(i => labels[i] == 1).CountBy(i => i), g => Assert.InRange(g.Value, 1, 2));
        Assert.Equal(2, order.Where(i => labels[i] == 2).Distinct().Count());
        Assert.Equal(order, Shuffle.BalancedEpoch(labels, 5, 3));
        Assert.NotEqual(order, Shuffle.BalancedEpoch(labels, 5, 4));
        Assert.NotEqual(order, Shuffle.BalancedEpoch(labels, 6, 3));
    }

    [Fact]
    public void Balanced_epochs_reach_every_picture()
    {
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => i < 36 ? 0 : 1)];
        Assert.Equal(40, Enumerable.Range(0, 12).SelectMany(epoch => Shuffle.BalancedEpoch(labels, 1, epoch)).Distinct().Count());
    }
}
