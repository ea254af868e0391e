using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>The preprocessing that a checkpoint states in its <c>preprocessor_config.json</c>, or that its family was published with.</summary>
internal static class CheckpointPreprocessing
{
    internal const string FileName = "preprocessor_config.json";

    /// <summary>Smaller ones than what is published were made for whole pictures of their own size, as the one in the box.</summary>
    private const int Published = 224;

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>A backbone's preprocessing, the crop included.</summary>
    /// <param name="folder">The checkpoint; none for a backbone that was drawn.</param>
    /// <param name="backbone">The model that is in it.</param>
    /// <exception cref="HkaFerException">The file is damaged, or asks for what is not done here.</exception>
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
            : backbone.ImageSize < Published ? new Preprocessing { Size = backbone.ImageSize } : new Preprocessing { Framing = Framing.ShortestEdgeCrop };
        string path = Path.Combine(folder ?? "", FileName);
        return folder is not null && File.Exists(path) ? Read(CheckpointFolder.ReadJson(path), path, family) : family;
    }

    /// <summary>As <see cref="Of"/>, for a model that is fed with just that, and so must take pictures of that size.</summary>
    /// <exception cref="HkaFerException">The file is damaged, asks for what is not done here, or gives pictures that the model does not take.</exception>
    internal static Preprocessing For(string folder, ImageEncoder backbone)
    {
        Preprocessing stated = Of(folder, backbone);
        string? expected = backbone switch
        {
            ClipImageEncoder clip when stated.Size != clip.ImageSize => $"{clip.ImageSize} pixels, as its config.json says",
            VisionTransformer vit when stated.Size % vit.Config.Patch != 0 => $"a multiple of its patch of {vit.Config.Patch} pixels",
            _ => null,
        };
        return expected is null ? stated : throw new HkaFerException(
            $"{Path.Combine(folder, FileName)}: makes pictures of {stated.Size} pixels, and the model in this folder takes {expected}; mend the file");
    }

    /// <summary>Writes the file beside a backbone's weights, so that whoever builds on them feeds pictures as they were fed in training.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="preprocessing">Reading the file gives an equal one, but for the edge of one that crops nothing.</param>
    internal static void Write(string folder, Preprocessing preprocessing)
    {
        bool crops = preprocessing.Framing != Framing.Squash;
        JsonObject Square(int edge) => new() { ["height"] = edge, ["width"] = edge };
        var json = new JsonObject
        {
            // The hub's processor for ViT cannot crop, and the one of DINOv2 (BiT) crops unless told otherwise.
            ["image_processor_type"] = crops ? "BitImageProcessor" : "ViTImageProcessor",
            ["do_resize"] = true,
            ["size"] = preprocessing.Framing switch
            {
                Framing.Squash => Square(preprocessing.Size),
                Framing.SquashCrop => Square(preprocessing.Edge),
                _ => new JsonObject { ["shortest_edge"] = preprocessing.Edge },
            },
            ["resample"] = preprocessing.Resampling switch
            {
                Resampling.Nearest => 0,
                Resampling.Lanczos => 1,
                Resampling.Bilinear => 2,
                _ => 3,
            },
            ["do_rescale"] = true,
            ["rescale_factor"] = 1 / 255.0,
            ["do_normalize"] = true,
            ["image_mean"] = new JsonArray([.. preprocessing.Mean.Select(v => (JsonNode)v)]),
            ["image_std"] = new JsonArray([.. preprocessing.Std.Select(v => (JsonNode)v)]),
        };
        if (crops)
        {
            json["do_center_crop"] = true;
            json["crop_size"] = Square(preprocessing.Size);
        }

        AtomicFile.WriteText(Path.Combine(folder, FileName), json.ToJsonString(s_indented) + "\n");
    }

    /// <summary>
    /// What the library's processors do with these keys. Those of ViT squash to a size that is one number, crop nothing and have means of their own where none
    /// are named; those of DINOv2 (BiT) and CLIP take one number for the shorter edge and crop unless told otherwise.
    /// </summary>
    private static Preprocessing Read(JsonElement json, string path, Preprocessing family)
    {
        bool vit = TypeOf(json).StartsWith("ViT", StringComparison.Ordinal);
        bool crops = !vit && Flag(json, "do_center_crop", path, json.TryGetProperty("crop_size", out _) || family.Framing != Framing.Squash);
        bool normalizes = Flag(json, "do_normalize", path, true);
        double scale = Number(json, "rescale_factor", path) ?? 1 / 255.0;
        if (Math.Abs((scale * 255) - 1) > 1e-6 || !Flag(json, "do_rescale", path, true))
        {
            throw new HkaFerException($"{path}: pixels are scaled by {scale}; expected rescale_factor 1/255 and do_rescale true");
        }

        if (!Flag(json, "do_resize", path, true))
        {
            throw new HkaFerException(
                $"{path}: do_resize is false, so that pictures keep their size and the middle is cut out of whatever they are; that is not done here; set it to true, with the size that your pictures had in training");
        }

        if (Flag(json, "do_pad", path, false))
        {
            throw new HkaFerException($"{path}: do_pad is true; pictures are not padded here; set it to false where they need not be");
        }

        bool known = json.TryGetProperty("size", out JsonElement given) && given.ValueKind != JsonValueKind.Null;
        int edge = Edge(json, "size", path) ?? (crops ? family.Edge : family.Size);
        bool squared = !known ? !crops : given.ValueKind == JsonValueKind.Object ? !given.TryGetProperty("shortest_edge", out _) : vit;
        if (!crops && !squared)
        {
            throw new HkaFerException(
                $"{path}: size is the shorter edge ({edge}) and nothing is cropped, so that pictures are no squares, which models here take; set do_center_crop to true with a crop_size, or size to a height and a width alike");
        }

        var read = new Preprocessing
        {
            Size = crops ? Edge(json, "crop_size", path) ?? family.Size : edge,
            Edge = edge,
            Framing = !crops ? Framing.Squash : squared ? Framing.SquashCrop : Framing.ShortestEdgeCrop,
            Resampling = Number(json, "resample", path) switch
            {
                null => vit ? Resampling.Bilinear : Resampling.Bicubic,
                0 => Resampling.Nearest,
                1 => Resampling.Lanczos,
                2 => Resampling.Bilinear,
                3 => Resampling.Bicubic,
                double other => throw new HkaFerException($"{path}: resample is {other}; expected 0 (nearest), 1 (lanczos), 2 (bilinear) or 3 (bicubic)"),
            },
            Mean = normalizes ? Three(json, "image_mean", path) ?? (vit ? [0.5f, 0.5f, 0.5f] : family.Mean) : [0, 0, 0],
            Std = normalizes ? Three(json, "image_std", path) ?? (vit ? [0.5f, 0.5f, 0.5f] : family.Std) : [1, 1, 1],
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

    /// <summary>The processor's name, also as older files call it; empty where none is given.</summary>
    private static string TypeOf(JsonElement json) =>
        ((string[])["image_processor_type", "feature_extractor_type"])
            .Select(key => json.TryGetProperty(key, out JsonElement type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : "")
            .FirstOrDefault(type => type.Length > 0, "");

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
