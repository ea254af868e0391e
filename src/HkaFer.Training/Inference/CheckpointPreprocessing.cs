using System.Text.Json;
using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>The preprocessing that a checkpoint states in its <c>preprocessor_config.json</c>, or that its family was published with.</summary>
internal static class CheckpointPreprocessing
{
    internal const string FileName = "preprocessor_config.json";

    /// <summary>A backbone's preprocessing, the crop included.</summary>
    /// <param name="folder">The checkpoint; none for a backbone that was drawn.</param>
    /// <param name="backbone">The model that is in it.</param>
    /// <exception cref="HkaFerException">The file is damaged, or asks for what is not known here.</exception>
    internal static Preprocessing Of(string? folder, ImageEncoder backbone)
    {
        Preprocessing family = backbone is ClipImageEncoder
            ? new Preprocessing
            {
                Size = backbone.ImageSize,
                Framing = Framing.ShortestEdgeCrop,
                Edge = backbone.ImageSize,
                Mean = [0.48145466f, 0.4578275f, 0.40821073f],
                Std = [0.26862954f, 0.26130258f, 0.27577711f],
            }
            : new Preprocessing { Framing = Framing.ShortestEdgeCrop };
        string path = Path.Combine(folder ?? "", FileName);
        return folder is not null && File.Exists(path) ? Read(CheckpointFolder.ReadJson(path), path, family) : family;
    }

    private static Preprocessing Read(JsonElement json, string path, Preprocessing family)
    {
        int edge = Edge(json, "size", path) ?? family.Edge;
        bool crops = Flag(json, "do_center_crop", path, json.TryGetProperty("crop_size", out _));
        bool normalizes = Flag(json, "do_normalize", path, true);
        double scale = Number(json, "rescale_factor", path) ?? 1 / 255.0;
        if (Math.Abs((scale * 255) - 1) > 1e-6 || !Flag(json, "do_rescale", path, true))
        {
            throw new HkaFerException($"{path}: pixels are scaled by {scale}; expected rescale_factor 1/255 and do_rescale true");
        }

        var read = new Preprocessing
        {
            Size = crops ? Edge(json, "crop_size", path) ?? family.Size : edge,
            Edge = edge,
            Framing = crops ? Framing.ShortestEdgeCrop : Framing.Squash,
            Resampling = Number(json, "resample", path) switch
            {
                null or 3 => Resampling.Bicubic,
                0 => Resampling.Nearest,
                1 => Resampling.Lanczos,
                2 => Resampling.Bilinear,
                double other => throw new HkaFerException($"{path}: resample is {other}; expected 0 (nearest), 1 (lanczos), 2 (bilinear) or 3 (bicubic)"),
            },
            Mean = normalizes ? Three(json, "image_mean", path) ?? family.Mean : [0, 0, 0],
            Std = normalizes ? Three(json, "image_std", path) ?? family.Std : [1, 1, 1],
        };
        try
        {
            read.Check();
            return read;
        }
        catch (HkaFerException e)
        {
            throw new HkaFerException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>A number, or an object with <c>shortest_edge</c>, or with <c>height</c> and <c>width</c>, which must be equal.</summary>
    private static int? Edge(JsonElement json, string key, string path)
    {
        if (!json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        JsonElement edge = value;
        bool fits = value.ValueKind != JsonValueKind.Object || value.TryGetProperty("shortest_edge", out edge)
            || (value.TryGetProperty("height", out edge) && value.TryGetProperty("width", out JsonElement width) && width.GetRawText() == edge.GetRawText());
        return fits && edge.ValueKind == JsonValueKind.Number && edge.TryGetInt32(out int size) && size > 0
            ? size
            : throw Wrong(json, key, path, "a number of pixels, or an object with shortest_edge, or with height and width alike");
    }

    private static bool Flag(JsonElement json, string key, string path, bool otherwise) =>
        !json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(json, key, path, "true or false");

    private static double? Number(JsonElement json, string key, string path) =>
        !json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()) ? value.GetDouble()
        : throw Wrong(json, key, path, "a finite number");

    private static float[]? Three(JsonElement json, string key, string path) =>
        !json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 3 && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(v => (float)v.GetDouble())]
            : throw Wrong(json, key, path, "three numbers");

    private static HkaFerException Wrong(JsonElement json, string key, string path, string expected)
    {
        string got = json.GetProperty(key).GetRawText();
        return new HkaFerException($"{path}: {key} is {(got.Length > 80 ? got[..80] + ".." : got)}; expected {expected}");
    }
}
