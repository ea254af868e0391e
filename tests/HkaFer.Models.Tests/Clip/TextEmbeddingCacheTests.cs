using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class TextEmbeddingCacheTests
{
    // What an earlier test embedded must not hide whether a file was written.
    public TextEmbeddingCacheTests() => TextEmbeddingCache.Forget();

    private static readonly int[][] s_ids = [[516, 5, 6, 517], [516, 7, 517]];

    [Fact]
    public void Texts_are_found_again_in_memory_and_in_a_file()
    {
        using var scratch = new Scratch();
        var cache = new TextEmbeddingCache(scratch["cache"]);
        ClipClassTexts texts = Texts(1);
        byte[] computed = cache.Embed(texts).ToBytes();
        Assert.False(cache.Hit);
        Assert.Equal(computed, cache.Embed(Texts(1)).ToBytes());
        Assert.True(cache.Hit);
        TextEmbeddingCache.Forget();
        Assert.Equal(computed, cache.Embed(Texts(1)).ToBytes());
        Assert.True(cache.Hit);
    }

    [Fact]
    public void Other_weights_or_another_text_is_another_entry()
    {
        using var scratch = new Scratch();
        var cache = new TextEmbeddingCache(scratch["cache"]);
        string first = cache.FileOf(Texts(1));
        Assert.NotEqual(first, cache.FileOf(Texts(2)));
        Assert.NotEqual(first, cache.FileOf(Texts(1, [[516, 5, 7, 517], [516, 7, 517]])));
        Assert.Equal(first, cache.FileOf(Texts(1)));
    }

    [Fact]
    public void Other_arithmetic_over_the_same_weights_is_another_entry()
    {
        using var scratch = new Scratch();
        var cache = new TextEmbeddingCache(scratch["cache"]);
        ClipTextConfig config = TinyClip.Config.Text;
        string[] files = [.. ((ClipTextConfig[])[config, config with { Activation = Activation.Gelu }, config with { Activation = Activation.QuickGelu }, config with { NormEpsilon = 0.5 }, config with { Heads = 1 }])
            .DistinctBy(c => c.ToJson().ToJsonString()).Select(c => cache.FileOf(Texts(1, config: c)))];
        Assert.Equal(4, files.Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(-3)]
    public void Damaged_entry_is_computed_and_written_again(int at)
    {
        using var scratch = new Scratch();
        var cache = new TextEmbeddingCache(scratch["cache"]);
        ClipClassTexts texts = Texts(3);
        byte[] computed = cache.Embed(texts).ToBytes(), sound = File.ReadAllBytes(cache.FileOf(texts)), damaged = [.. sound];
        damaged[at < 0 ? damaged.Length + at : at] ^= 0x55;
        File.WriteAllBytes(cache.FileOf(texts), damaged);
        TextEmbeddingCache.Forget();
        Assert.Equal(computed, cache.Embed(texts).ToBytes());
        Assert.False(cache.Hit);
        Assert.Equal(sound, File.ReadAllBytes(cache.FileOf(texts)));
    }

    [Fact]
    public void Folder_that_cannot_be_written_costs_nothing_but_time()
    {
        using var scratch = new Scratch();
        var cache = new TextEmbeddingCache(scratch.Write("file", "not a folder"));
        Assert.Equal([2, 16], cache.Embed(Texts(4)).Shape.Sizes.ToArray());
    }

    private static ClipClassTexts Texts(ulong seed, int[][]? ids = null, ClipTextConfig? config = null)
    {
        var encoder = new ClipTextEncoder(config ?? TinyClip.Config.Text, TinyClip.Config.ProjectionWidth);
        encoder.Initialize(seed);
        return new ClipClassTexts(encoder, [.. (ids ?? s_ids).Select(row => (int[][])[row])]);
    }
}
