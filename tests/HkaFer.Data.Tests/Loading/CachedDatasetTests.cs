namespace HkaFer.Data.Tests.Loading;

public class CachedDatasetTests
{
    private static readonly FaceDataset Faces = new(FaceDomain.Source, 1, 10, size: 16);

    [Fact]
    public void Kept_picture_is_the_same_object()
    {
        var cache = new CachedDataset(Faces);
        Assert.Same(cache.Load(3), cache.Load(3));
        Assert.Equal(Faces.Load(3).Pixels, cache.Load(3).Pixels);
        Assert.Equal(16 * 16 * 3, cache.Bytes);
    }

    [Fact]
    public void Full_cache_keeps_the_first_and_decodes_the_rest()
    {
        var cache = new CachedDataset(Faces, limitBytes: 2 * 16 * 16 * 3);
        for (int i = 0; i < cache.Count; i++) cache.Load(i);
        Assert.Equal(2 * 16 * 16 * 3, cache.Bytes);
        Assert.Same(cache.Load(1), cache.Load(1));
        Assert.NotSame(cache.Load(2), cache.Load(2));
        Assert.Equal(Faces.Load(2).Pixels, cache.Load(2).Pixels);
    }

    [Fact]
    public void Sets_of_one_budget_share_its_room()
    {
        var budget = new CacheBudget(3 * 16 * 16 * 3);
        CachedDataset first = new(Faces, budget), second = new(Faces, budget);
        first.Load(0);
        first.Load(1);
        for (int i = 0; i < 10; i++) second.Load(i);
        Assert.Equal((2 * 16 * 16 * 3, 16 * 16 * 3), (first.Bytes, second.Bytes));
        Assert.NotSame(first.Load(2), first.Load(2));
    }

    [Fact]
    public void Threads_count_each_picture_once()
    {
        var cache = new CachedDataset(Faces);
        Parallel.For(0, 400, i => cache.Load(i % 10));
        Assert.Equal(10 * 16 * 16 * 3, cache.Bytes);
    }
}
