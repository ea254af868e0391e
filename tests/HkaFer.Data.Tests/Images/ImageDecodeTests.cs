using HkaFer.Testing;

namespace HkaFer.Data.Tests;

public class ImageDecodeTests
{
    public static TheoryData<string> Decodes() => Fixtures.Of("decode");

    [Theory]
    [MemberData(nameof(Decodes))]
    [Trait("Category", "Fixtures")]
    public void Decode_gives_the_reference_pixels(string row)
    {
        var dump = Fixtures.Open(row);
        foreach (var file in dump.Config.GetProperty("files").EnumerateObject())
        {
            var expected = dump.Tensor($"out.{file.Name}");
            var image = Image.Decode(Path.Combine(dump.Folder, file.Name));
            Assert.Equal(expected.Shape, new[] { image.Height, image.Width, 3 });
            Assert.Equal((file.Value.GetProperty("width").GetInt32(), file.Value.GetProperty("height").GetInt32()), (image.Width, image.Height));

            var errors = expected.Bytes.Zip(image.Pixels, (x, y) => Math.Abs(x - y)).ToArray();
            bool lossy = file.Name.EndsWith(".jpg", StringComparison.Ordinal) || file.Name.Contains("lossy", StringComparison.Ordinal);
            bool sixteen = file.Value.GetProperty("mode").GetString() is "I;16" or "I";
            double most = lossy ? dump.Tolerance("jpeg_max", 0) : sixteen ? dump.Tolerance("sixteen_bit", 0) : dump.Tolerance("other", 0);
            Assert.True(errors.Max() <= most, $"{file.Name}: differs by {errors.Max()} levels, allowed {most}");
            if (lossy)
            {
                Assert.True(errors.Average() <= dump.Tolerance("jpeg_mean", 0), $"{file.Name}: differs by {errors.Average()} on average");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Decodes))]
    [Trait("Category", "Fixtures")]
    public void Inspect_agrees_with_decode(string row)
    {
        var dump = Fixtures.Open(row);
        foreach (var file in dump.Config.GetProperty("files").EnumerateObject())
        {
            var info = Image.Inspect(Path.Combine(dump.Folder, file.Name));
            Assert.Equal((file.Value.GetProperty("width").GetInt32(), file.Value.GetProperty("height").GetInt32()), (info.Width, info.Height));
            Assert.Equal(Path.GetExtension(file.Name) switch { ".png" => ImageFormat.Png, ".jpg" => ImageFormat.Jpeg, _ => ImageFormat.WebP }, info.Format);
        }
    }

    [Fact]
    [Trait("Category", "Fixtures")]
    public void Decode_reads_every_photo()
    {
        foreach (string path in Directory.EnumerateFiles(Fixtures.RequireData("photos")))
        {
            var (info, image) = (Image.Inspect(path), Image.Decode(path));
            Assert.Equal((info.Width, info.Height), (image.Width, image.Height));
        }
    }

    [Fact]
    public void Content_chooses_the_decoder_not_the_name()
    {
        using var scratch = new Scratch();
        string path = scratch["really-a-png.jpg"];
        new Image(2, 1, [1, 2, 3, 4, 5, 6]).SavePng(path);
        Assert.Equal([1, 2, 3, 4, 5, 6], Image.Decode(path).Pixels);
        Assert.Equal(ImageFormat.Png, Image.Inspect(path).Format);
    }
}
