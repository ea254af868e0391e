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
}
