using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Data.Tests;

public class PatchPreprocessingTests
{
    public static TheoryData<string> Sizes() => Fixtures.Of("qwen-smart-resize");

    public static TheoryData<string> Photos() => Fixtures.Of("preprocess");

    [Theory]
    [MemberData(nameof(Sizes))]
    [Trait("Category", "Fixtures")]
    public void Sizes_are_those_of_the_published_processor(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        foreach (JsonElement given in dump.Expect.EnumerateArray())
        {
            int Value(string key) => given.GetProperty(key).GetInt32();
            var preprocessing = new PatchPreprocessing { MinPixels = Value("min_pixels"), MaxPixels = Value("max_pixels") };
            int[] size = [.. given.GetProperty("size").EnumerateArray().Select(x => x.GetInt32())];
            Assert.Equal((given.GetRawText(), size[1], size[0]), (given.GetRawText(), preprocessing.Fit(Value("width"), Value("height")).Width, preprocessing.Fit(Value("width"), Value("height")).Height));
        }
    }

    [Theory]
    [MemberData(nameof(Photos))]
    [Trait("Category", "Fixtures")]
    public void Patches_are_those_of_the_published_processor(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        string photos = Fixtures.RequireData(Path.GetRelativePath("data", dump.Config.GetProperty("photos").GetString()!));
        JsonElement config = dump.Config.GetProperty("qwen");
        var preprocessing = new PatchPreprocessing { MinPixels = config.GetProperty("min_pixels").GetInt32(), MaxPixels = config.GetProperty("max_pixels").GetInt32() };
        foreach (JsonProperty photo in dump.Expect.EnumerateObject())
        {
            PatchedImage actual = preprocessing.Apply(Image.Decode(Path.Combine(photos, photo.Name)));
            FixtureTensor first = dump.Tensor($"qwen.{photo.Name}");
            Assert.Equal([1, actual.Rows, actual.Columns], photo.Value.GetProperty("qwen_grid").EnumerateArray().Select(x => x.GetInt32()));
            Assert.Equal(actual.Patches, photo.Value.GetProperty("qwen_rows").GetInt32());
            double[] errors = [.. first.Doubles().Zip(actual.Values, (x, y) => x - y).Select((difference, i) => Math.Abs(difference) * 255 * preprocessing.Std[Channel(i, preprocessing)])];
            Assert.Equal(first.Shape[0] * preprocessing.PatchLength, errors.Length);
            Assert.True(errors.Max() <= dump.Tolerance("bytes_max", 0), $"{photo.Name}: {errors.Max()} levels");
            Assert.True(errors.Average() <= dump.Tolerance("bytes_mean", 0), $"{photo.Name}: {errors.Average()} on average");

            // The case states 2e-3 for means in its note: decoders differ by a level here and there.
            Assert.Equal(photo.Value.GetProperty("qwen_mean").GetDouble(), actual.Values.Average(x => (double)x), 2e-3);
            Assert.Equal(photo.Value.GetProperty("qwen_abs_mean").GetDouble(), actual.Values.Average(x => Math.Abs((double)x)), 2e-3);
        }

        static int Channel(int at, PatchPreprocessing p) => at % p.PatchLength / (p.Frames * p.Patch * p.Patch);
    }

    [Fact]
    public void Face_of_100_pixels_becomes_64_patches()
    {
        PatchedImage face = new PatchPreprocessing().Apply(Pictures.Noise(100, 100, seed: 1));
        Assert.Equal((8, 8, 64 * 1176), (face.Rows, face.Columns, face.Values.Length));
    }

    [Fact]
    public void Patches_stand_block_after_block_with_their_frame_twice()
    {
        // Two blocks of two by two patches of one pixel each.
        var preprocessing = new PatchPreprocessing { Patch = 1, MinPixels = 4, Mean = [0, 0, 0], Std = [1, 1, 1] };
        byte[] pixels = [.. Enumerable.Range(0, 8).SelectMany(i => new[] { (byte)i, (byte)(100 + i), (byte)(200 + i) })];
        PatchedImage image = preprocessing.Apply(new Image(4, 2, pixels));
        int[] bytes = [.. image.Values.Select(x => (int)Math.Round(x * 255))];
        Assert.Equal([0, 0, 100, 100, 200, 200], bytes[..6]);
        Assert.Equal([0, 1, 4, 5, 2, 3, 6, 7], bytes.Chunk(6).Select(patch => patch[0]));
    }

    [Theory]
    [InlineData(10, 2001)]
    [InlineData(100_000, 1)]
    public void Picture_of_extreme_shape_is_refused(int width, int height)
    {
        string message = Assert.Throws<HkaFerException>(() => new PatchPreprocessing().Fit(width, height)).Message;
        Assert.Contains($"{width} x {height}", message);
        Assert.Contains("200 times", message);
    }

    [Fact]
    public void Published_settings_are_read_in_both_generations_of_names()
    {
        using var scratch = new Scratch();
        string old = scratch.Write("old.json", """{"min_pixels": 3136, "max_pixels": 50176, "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2, "image_mean": [0.1, 0.2, 0.3], "image_std": [1, 2, 3]}""");
        string renamed = scratch.Write("new.json", """{"size": {"shortest_edge": 3136, "longest_edge": 50176}, "image_mean": [0.1, 0.2, 0.3], "image_std": [1, 2, 3]}""");
        var expected = new PatchPreprocessing { MaxPixels = 50176, Mean = [0.1f, 0.2f, 0.3f], Std = [1, 2, 3] };
        Assert.Equal(expected, PatchPreprocessing.Read(old));
        Assert.Equal(expected, PatchPreprocessing.Read(renamed));
        Assert.Equal(expected, JsonSerializer.Deserialize<PatchPreprocessing>(JsonSerializer.Serialize(expected)));
    }

    [Theory]
    [InlineData("""{"min_pixels": 0}""", "min pixels")]
    [InlineData("""{"max_pixels": 2000000000}""", "max pixels")]
    [InlineData("""{"max_pixels": 1e40}""", "cannot be read")]
    [InlineData("""{"patch_size": -1}""", "patch")]
    [InlineData("""{"merge_size": 1000000}""", "merge")]
    [InlineData("""{"image_std": [0, 1, 1]}""", "std")]
    [InlineData("""{"image_mean": "x"}""", "cannot be read")]
    [InlineData("[", "cannot be read")]
    [InlineData("[]", "cannot be read")]
    public void Impossible_settings_are_refused_with_file_and_name(string json, string expected)
    {
        using var scratch = new Scratch();
        string path = scratch.Write("preprocessor_config.json", json);
        string message = Assert.Throws<HkaFerException>(() => PatchPreprocessing.Read(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message);
    }
}
