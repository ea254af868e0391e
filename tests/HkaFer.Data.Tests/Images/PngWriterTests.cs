using HkaFer.Testing;

namespace HkaFer.Data.Tests;

public class PngWriterTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 300)]
    [InlineData(513, 2)]
    public void Written_picture_reads_back_the_same(int width, int height)
    {
        var image = Pictures.Noise(width, height, seed: 3);
        var read = Image.Decode(image.EncodePng(), "written");
        Assert.Equal((width, height), (read.Width, read.Height));
        Assert.Equal(image.Pixels, read.Pixels);
    }

    [Fact]
    public void Save_leaves_only_the_picture()
    {
        using var scratch = new Scratch();
        string path = scratch["a.png"];
        Pictures.Ramp(3, 3).SavePng(path);
        Pictures.Ramp(4, 3).SavePng(path);
        Assert.Equal([path], Directory.GetFiles(scratch.Folder));
        Assert.Equal(4, Image.Decode(path).Width);
    }

    [Fact]
    public void Save_where_nothing_can_be_written_names_the_file()
    {
        using var scratch = new Scratch();
        string path = Path.Combine(scratch.Write("a-file", ""), "a.png");
        Assert.Contains(path, Assert.Throws<HkaFerException>(() => Pictures.Ramp(3, 3).SavePng(path)).Message);
    }
}
