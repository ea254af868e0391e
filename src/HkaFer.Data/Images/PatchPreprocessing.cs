using System.Globalization;
using System.Text.Json;

namespace HkaFer.Data;

/// <summary>
/// How a picture of any size becomes rows of patches, as the processor of Qwen2-VL and Qwen2.5-VL does it: the size is kept as near as whole blocks of
/// patches allow. It belongs to the trained weights and is saved with them: plain properties, to and from JSON. Two with the same values are equal.
/// </summary>
public sealed record PatchPreprocessing
{
    /// <summary>Longest edge over shortest edge that the published processor takes.</summary>
    public const int MaxAspect = 200;

    /// <summary>Fewest pixels after resizing.</summary>
    public int MinPixels { get; init; } = 3136;

    /// <summary>Most pixels after resizing.</summary>
    public int MaxPixels { get; init; } = 12_845_056;

    /// <summary>Edge of a patch in pixels.</summary>
    public int Patch { get; init; } = 14;

    /// <summary>Edge of a block in patches: the model makes one token of it.</summary>
    public int Merge { get; init; } = 2;

    /// <summary>Frames of a patch; a still picture repeats its own.</summary>
    public int Frames { get; init; } = 2;

    /// <summary>Mean of red, green and blue, which are from 0 to 1. By default CLIP's.</summary>
    public float[] Mean { get; init; } = [0.48145466f, 0.4578275f, 0.40821073f];

    /// <summary>Deviation of red, green and blue.</summary>
    public float[] Std { get; init; } = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>Values of a patch: channels, frames, rows, columns.</summary>
    public int PatchLength => 3 * Frames * Patch * Patch;

    /// <summary>Edge of a block in pixels: sizes are multiples of it.</summary>
    private int Unit => Patch * Merge;

    /// <summary>Reads a checkpoint's <c>preprocessor_config.json</c>; what it does not say is as published.</summary>
    /// <exception cref="HkaFerException">The file cannot be read, or a value is impossible.</exception>
    public static PatchPreprocessing Read(string path)
    {
        try
        {
            using Stream file = InputFile.OpenRead(path);
            using JsonDocument json = JsonDocument.Parse(file);
            JsonElement root = json.RootElement;
            var published = new PatchPreprocessing();
            JsonElement size = root.TryGetProperty("size", out JsonElement given) && given.ValueKind == JsonValueKind.Object ? given : root;

            // Newer files have the numbers of pixels under the names of edges.
            var read = new PatchPreprocessing
            {
                MinPixels = Integer(root, "min_pixels") ?? Integer(size, "shortest_edge") ?? Integer(size, "min_pixels") ?? published.MinPixels,
                MaxPixels = Integer(root, "max_pixels") ?? Integer(size, "longest_edge") ?? Integer(size, "max_pixels") ?? published.MaxPixels,
                Patch = Integer(root, "patch_size") ?? published.Patch,
                Merge = Integer(root, "merge_size") ?? published.Merge,
                Frames = Integer(root, "temporal_patch_size") ?? published.Frames,
                Mean = Numbers(root, "image_mean") ?? published.Mean,
                Std = Numbers(root, "image_std") ?? published.Std,
            };
            read.Check();
            return read;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException)
        {
            throw new HkaFerException($"{path}: cannot be read ({e.Message}); expected the preprocessor_config.json of a Qwen2-VL or Qwen2.5-VL checkpoint", e);
        }
        catch (HkaFerException e)
        {
            throw new HkaFerException($"{path}: {e.Message}", e);
        }

        static int? Integer(JsonElement json, string key) => json.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.GetInt32() : null;

        static float[]? Numbers(JsonElement json, string key) => json.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? [.. value.EnumerateArray().Select(x => x.GetSingle())] : null;
    }

    /// <summary>The size that a picture is resized to: multiples of a block's edge, with as many pixels as allowed, the aspect nearly kept.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <exception cref="HkaFerException">One edge is more than 200 times the other, or a setting is out of range.</exception>
    public (int Width, int Height) Fit(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        Check();
        if ((long)Math.Max(width, height) > (long)MaxAspect * Math.Min(width, height))
        {
            throw new HkaFerException($"preprocessing: a picture of {width} x {height} is more than {MaxAspect} times as long as it is wide; crop it first");
        }

        double pixels = (double)width * height;
        long w = Whole(Math.Round(width / (double)Unit)), h = Whole(Math.Round(height / (double)Unit));
        if (w * h > MaxPixels)
        {
            double factor = Math.Sqrt(pixels / MaxPixels);
            (w, h) = (Math.Max(Unit, Whole(Math.Floor(width / factor / Unit))), Math.Max(Unit, Whole(Math.Floor(height / factor / Unit))));
        }
        else if (w * h < MinPixels)
        {
            double factor = Math.Sqrt(MinPixels / pixels);
            (w, h) = (Whole(Math.Ceiling(width * factor / Unit)), Whole(Math.Ceiling(height * factor / Unit)));
        }

        return ((int)w, (int)h);

        long Whole(double units) => (long)units * Unit;
    }

    /// <summary>Resizes a picture and cuts it into normalised patches.</summary>
    /// <param name="image">Any size whose edges differ by no more than <see cref="MaxAspect"/> times.</param>
    /// <exception cref="HkaFerException">The shape is too extreme, or a setting is out of range; the message names it.</exception>
    public PatchedImage Apply(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        (int width, int height) = Fit(image.Width, image.Height);
        Image fitted = (width, height) == (image.Width, image.Height) ? image : image.Resize(width, height, Resampling.Bicubic);
        Span<float> table = stackalloc float[3 * 256];
        PixelValues.Fill(table, Mean, Std);
        int rows = height / Patch, columns = width / Patch, plane = Patch * Patch;
        var values = new float[checked(rows * columns * PatchLength)];
        int at = 0;
        foreach ((int row, int column) in Order(rows, columns))
        {
            for (int channel = 0; channel < 3; channel++)
            {
                Span<float> frame = values.AsSpan(at, plane);
                for (int i = 0; i < plane; i++)
                {
                    int pixel = ((((row * Patch) + (i / Patch)) * width) + (column * Patch) + (i % Patch)) * 3;
                    frame[i] = table[(256 * channel) + fitted.Pixels[pixel + channel]];
                }

                for (int f = 1; f < Frames; f++) { frame.CopyTo(values.AsSpan(at + (f * plane), plane)); }
                at += Frames * plane;
            }
        }

        return new PatchedImage(values, rows, columns);
    }

    /// <summary>Whether all settings are the same.</summary>
    public bool Equals(PatchPreprocessing? other) =>
        other is not null && (MinPixels, MaxPixels, Patch, Merge, Frames) == (other.MinPixels, other.MaxPixels, other.Patch, other.Merge, other.Frames)
        && Mean.AsSpan().SequenceEqual(other.Mean) && Std.AsSpan().SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MinPixels, MaxPixels, Patch, Merge, Frames);

    /// <summary>Checks the settings, which may come from a file.</summary>
    /// <exception cref="HkaFerException">A setting is out of range; the message names it.</exception>
    public void Check()
    {
        Range("patch", Patch, 1, 256);
        Range("merge", Merge, 1, 16);
        Range("frames", Frames, 1, 16);
        Range("max pixels", MaxPixels, Unit * Unit, (int)ImageLimits.Default.MaxPixels);
        Range("min pixels", MinPixels, 1, MaxPixels);
        PixelValues.Check("preprocessing", Mean, Std);

        static void Range(string what, int value, int low, int high)
        {
            if (value < low || value > high)
            {
                throw new HkaFerException(string.Create(CultureInfo.InvariantCulture, $"preprocessing: {what} must be {low} to {high}, got {value}"));
            }
        }
    }

    /// <summary>Patches in the order that the model reads them: block after block, row by row in each.</summary>
    private IEnumerable<(int Row, int Column)> Order(int rows, int columns)
    {
        for (int block = 0; block < rows * columns / (Merge * Merge); block++)
        {
            (int down, int across) = Math.DivRem(block, columns / Merge);
            for (int i = 0; i < Merge * Merge; i++)
            {
                yield return ((down * Merge) + (i / Merge), (across * Merge) + (i % Merge));
            }
        }
    }
}
