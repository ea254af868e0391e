using System.Globalization;
using HkaFer.Testing;

namespace HkaFer.Data.Tests;

public class ImageResizeTests
{
    public static TheoryData<string> Resizes() => Fixtures.Of("pil-resize");

    public static TheoryData<string> Edges() => Fixtures.Of("shortest-edge");

    [Theory]
    [MemberData(nameof(Resizes))]
    [Trait("Category", "Fixtures")]
    public void Resize_matches_pillow_byte_for_byte(string row)
    {
        var dump = Fixtures.Open(row);
        var image = dump.Tensor("image");
        int channels = image.Shape.Length == 3 ? image.Shape[2] : 1;
        foreach (string name in dump.Names.Where(x => x.StartsWith("out.", StringComparison.Ordinal)))
        {
            string[] parts = name.Split('.');
            int[] size = [.. parts[2].Split('x').Select(x => int.Parse(x, CultureInfo.InvariantCulture))];
            var actual = Resizer.Resize(
                image.Bytes, (image.Shape[1], image.Shape[0]), channels, (size[0], size[1]),
                new Window(0, 0, size[0], size[1]), Enum.Parse<Resampling>(parts[1], ignoreCase: true));
            int differing = dump.Tensor(name).Bytes.Zip(actual, (x, y) => x != y ? 1 : 0).Sum();
            Assert.True(differing == 0, $"{name}: {differing} of {actual.Length} bytes differ");
            Assert.Equal(dump.Tensor(name).Bytes.Length, actual.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Edges))]
    [Trait("Category", "Fixtures")]
    public void Shortest_edge_gives_the_published_size(string row)
    {
        foreach (var x in Fixtures.Open(row).Expect.EnumerateArray())
        {
            var size = Image.ShortestEdge(
                x.GetProperty("width").GetInt32(), x.GetProperty("height").GetInt32(), x.GetProperty("shortest_edge").GetInt32());
            Assert.Equal((x.GetProperty("size")[1].GetInt32(), x.GetProperty("size")[0].GetInt32()), size);
        }
    }

    [Theory]
    [InlineData(Resampling.Nearest)]
    [InlineData(Resampling.Bilinear)]
    [InlineData(Resampling.Bicubic)]
    [InlineData(Resampling.Lanczos)]
    public void Resized_window_equals_crop_of_the_whole(Resampling filter)
    {
        var image = Pictures.Noise(37, 23, seed: 5);
        foreach (var (width, height) in new[] { (90, 70), (20, 11), (37, 60), (64, 23), (37, 23) })
        {
            var whole = image.Resize(width, height, filter);
            var window = new Window(3, 2, width - 7, height - 5);
            Assert.Equal(
                whole.Crop(window.Left, window.Top, window.Width, window.Height).Pixels,
                image.Resize(width, height, window, filter).Pixels);
        }
    }

    [Theory]
    [InlineData(Resampling.Nearest)]
    [InlineData(Resampling.Bilinear)]
    [InlineData(Resampling.Bicubic)]
    [InlineData(Resampling.Lanczos)]
    public void Resize_of_one_colour_keeps_it(Resampling filter)
    {
        var image = Pictures.Plain(19, 31, 7, 128, 255);
        foreach (var (width, height) in new[] { (1, 1), (224, 5), (8, 100) })
        {
            Assert.Equal(Pictures.Plain(width, height, 7, 128, 255).Pixels, image.Resize(width, height, filter).Pixels);
        }
    }

    [Fact]
    public void Crop_takes_the_named_pixels()
    {
        var image = Pictures.Ramp(5, 4);
        Assert.Equal([12, 0, 0, 13, 0, 0, 22, 0, 0, 23, 0, 0], image.Crop(2, 1, 2, 2).Pixels);
        Assert.Equal([11, 0, 0, 12, 0, 0, 21, 0, 0, 22, 0, 0], image.CenterCrop(2, 2).Pixels);
        Assert.Equal(4, image.FlipHorizontal().Pixels[0]);
        Assert.Equal(image.Pixels, image.FlipHorizontal().FlipHorizontal().Pixels);
    }

    [Theory]
    [InlineData(-1, 0, 2, 2)]
    [InlineData(0, 3, 2, 2)]
    [InlineData(4, 0, 2, 1)]
    [InlineData(0, 0, 0, 1)]
    [InlineData(int.MaxValue, 0, 2, 2)]
    [InlineData(0, 0, int.MaxValue, 1)]
    public void Crop_outside_is_refused(int left, int top, int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Pictures.Ramp(5, 4).Crop(left, top, width, height));

    [Fact]
    public void Resize_beyond_an_array_is_refused() =>
        Assert.Throws<HkaFerException>(() => Pictures.Ramp(5, 4).Resize(100_000, 100_000));
}
