using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Data.Tests;

public class PreprocessingTests
{
    public static TheoryData<string> Published() => Fixtures.Of("preprocess");

    /// <summary>The rows of Qwen's own processor are for its reader; here its photos' two cropped forms.</summary>
    [Theory]
    [MemberData(nameof(Published))]
    [Trait("Category", "Fixtures")]
    public void Shortest_edge_crop_gives_the_published_bytes(string row)
    {
        var dump = Fixtures.Open(row);
        string photos = Fixtures.RequireData(Path.GetRelativePath("data", dump.Config.GetProperty("photos").GetString()!));
        foreach (string model in new[] { "dinov2", "clip" })
        {
            var config = dump.Config.GetProperty(model);
            var preprocessing = new Preprocessing
            {
                Size = config.GetProperty("crop").GetInt32(),
                Framing = Framing.ShortestEdgeCrop,
                Edge = config.GetProperty("shortest_edge").GetInt32(),
                Mean = [.. config.GetProperty("mean").EnumerateArray().Select(x => x.GetSingle())],
                Std = [.. config.GetProperty("std").EnumerateArray().Select(x => x.GetSingle())],
            };
            foreach (var photo in dump.Expect.EnumerateObject())
            {
                var image = Image.Decode(Path.Combine(photos, photo.Name));
                Assert.Equal((photo.Value.GetProperty("width").GetInt32(), photo.Value.GetProperty("height").GetInt32()), (image.Width, image.Height));
                byte[] actual = Planes(preprocessing.Fit(image)), expected = dump.Tensor($"{model}.{photo.Name}").Bytes;
                var errors = expected.Zip(actual, (x, y) => Math.Abs(x - y)).ToArray();
                Assert.True(errors.Max() <= dump.Tolerance("bytes_max", 0), $"{model} {photo.Name}: {errors.Max()} levels");
                Assert.True(errors.Average() <= dump.Tolerance("bytes_mean", 0), $"{model} {photo.Name}: {errors.Average()} on average");

                var values = new float[actual.Length];
                preprocessing.Write(image, values);
                // The case states 2e-3 for means in its note: decoders differ by a level here and there.
                Assert.Equal(photo.Value.GetProperty($"{model}_mean").GetDouble(), values.Average(x => (double)x), 2e-3);
            }
        }
    }

    [Fact]
    public void Write_normalises_each_channel()
    {
        var preprocessing = new Preprocessing { Size = 2 };
        var values = new float[12];
        preprocessing.Write(Pictures.Plain(9, 5, 0, 128, 255), values);
        double[] expected = [(0 - 0.485) / 0.229, (128 / 255.0 - 0.456) / 0.224, (1 - 0.406) / 0.225];
        // Means and deviations are floats: their rounding is in the result.
        Near.Relative([.. expected.SelectMany(x => Enumerable.Repeat(x, 4))], values, 1e-6, "normalised");
    }

    [Fact]
    public void Squash_crop_is_the_middle_of_the_squashed_picture()
    {
        var image = Pictures.Noise(40, 20, seed: 2);
        Image squashed = image.Resize(16, 16), fit = new Preprocessing { Framing = Framing.SquashCrop, Edge = 16, Size = 12 }.Fit(image);
        Assert.Equal(Enumerable.Range(2, 12).SelectMany(row => squashed.Pixels.AsSpan(3 * ((16 * row) + 2), 36).ToArray()), fit.Pixels);
    }

    [Fact]
    public void Squash_keeps_the_whole_picture()
    {
        var image = Pictures.Noise(40, 20, seed: 2);
        Assert.Equal(image.Resize(224, 224, Resampling.Bicubic).Pixels, new Preprocessing().Fit(image).Pixels);
    }

    [Fact]
    public void Crop_of_a_hair_costs_no_more_than_the_crop()
    {
        var image = Pictures.Plain(1, 60_000, 1, 2, 3);
        var fit = new Preprocessing { Framing = Framing.ShortestEdgeCrop }.Fit(image);
        Assert.Equal(Pictures.Plain(224, 224, 1, 2, 3).Pixels, fit.Pixels);
    }

    [Fact]
    public void Json_keeps_every_setting()
    {
        var given = new Preprocessing { Size = 98, Resampling = Resampling.Lanczos, Framing = Framing.ShortestEdgeCrop, Edge = 110, Mean = [0.1f, 0.2f, 0.3f], Std = [1, 2, 3] };
        string json = JsonSerializer.Serialize(given);
        Assert.Contains("\"Lanczos\"", json);
        Assert.Equal(given, JsonSerializer.Deserialize<Preprocessing>(json));
        Assert.NotEqual(given, given with { Mean = [0.1f, 0.2f, 0.4f] });
    }

    [Theory]
    [InlineData("""{"Size":0}""", "size")]
    [InlineData("""{"Size":1000000}""", "size")]
    [InlineData("""{"Framing":"ShortestEdgeCrop","Edge":100}""", "edge")]
    [InlineData("""{"Mean":null}""", "mean")]
    [InlineData("""{"Mean":[1,2]}""", "mean")]
    [InlineData("""{"Std":[1,0,1]}""", "std")]
    [InlineData("""{"Resampling":9}""", "resampling")]
    public void Bad_setting_is_named(string json, string setting)
    {
        var preprocessing = JsonSerializer.Deserialize<Preprocessing>(json)!;
        var error = Assert.Throws<HkaFerException>(() => preprocessing.Fit(Pictures.Ramp(5, 4)));
        Assert.Contains($"{setting} must be", error.Message);
    }

    static byte[] Planes(Image image)
    {
        int plane = image.Width * image.Height;
        return [.. Enumerable.Range(0, 3 * plane).Select(i => image.Pixels[i % plane * 3 + i / plane])];
    }
}
