using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Checkpoint folders with random weights, as the hub lays them out: to try a size, and to measure it, without a download.</summary>
public static class RandomCheckpoint
{
    /// <summary>Edge of the pictures that published DINOv2 is fed with, and the shorter edge before they are cut out.</summary>
    private const int PublishedSize = 224, PublishedEdge = 256;

    /// <summary>Draws the weights of an image encoder and writes its folder.</summary>
    /// <param name="encoder">The architecture, without values.</param>
    /// <param name="folder">The folder to write; it must not exist, or be empty.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="dtype">Element type of the file.</param>
    /// <param name="cancel">Stops between tensors; nothing is left.</param>
    /// <returns>Number of weights.</returns>
    /// <exception cref="HkaFerException">The folder holds something, or cannot be written.</exception>
    public static long Write(ImageEncoder encoder, string folder, ulong seed = 1, DType dtype = DType.Float32, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return Write(encoder, encoder, folder, seed, fresh => encoder.Save(fresh, dtype, cancel), cancel);
    }

    /// <summary>Draws the weights of a whole CLIP and writes its folder. The tokenizer's files belong to published weights and are not in it.</summary>
    /// <param name="model">The architecture, without values.</param>
    /// <param name="folder">The folder to write; it must not exist, or be empty.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="dtype">Element type of the file.</param>
    /// <param name="cancel">Stops between tensors; nothing is left.</param>
    /// <returns>Number of weights.</returns>
    /// <exception cref="HkaFerException">The folder holds something, or cannot be written.</exception>
    public static long Write(ClipModel model, string folder, ulong seed = 1, DType dtype = DType.Float32, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Write(model, model.Images, folder, seed, fresh => model.Save(fresh, dtype, cancel), cancel);
    }

    /// <summary>
    /// Draws the weights of a Qwen2-VL or Qwen2.5-VL, one matrix at a time, and writes its folder. The tokenizer's files belong to published weights and
    /// are not in it.
    /// </summary>
    /// <param name="model">The architecture; it stays without values.</param>
    /// <param name="folder">The folder to write; it must not exist, or be empty.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="dtype">Element type of the file.</param>
    /// <param name="cancel">Stops between tensors; nothing is left.</param>
    /// <returns>Number of weights.</returns>
    /// <exception cref="HkaFerException">The folder holds something, or cannot be written.</exception>
    public static long Write(QwenVl model, string folder, ulong seed = 1, DType dtype = DType.Float32, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ModelFolder.Write(folder, fresh =>
        {
            model.SaveFresh(fresh, seed, dtype, cancel);
            var published = new PatchPreprocessing { Patch = model.Config.Vision.Patch, Merge = model.Config.Vision.Merge, Frames = model.Config.Vision.Frames };
            AtomicFile.WriteText(Path.Combine(fresh, CheckpointPreprocessing.FileName), Preprocessor(published).ToJsonString(Indented) + "\n");
        });
        return model.ParameterCount;
    }

    internal static JsonObject Preprocessor(PatchPreprocessing published) => new()
    {
        ["image_processor_type"] = "Qwen2VLImageProcessor",
        ["min_pixels"] = published.MinPixels,
        ["max_pixels"] = published.MaxPixels,
        ["patch_size"] = published.Patch,
        ["temporal_patch_size"] = published.Frames,
        ["merge_size"] = published.Merge,
        ["image_mean"] = Numbers(published.Mean),
        ["image_std"] = Numbers(published.Std),
    };

    private static long Write(Module model, ImageEncoder images, string folder, ulong seed, Action<string> save, CancellationToken cancel)
    {
        ModelFolder.Write(folder, fresh =>
        {
            model.Initialize(seed, cancel);
            save(fresh);
            AtomicFile.WriteText(Path.Combine(fresh, CheckpointPreprocessing.FileName), Preprocessor(images).ToJsonString(Indented) + "\n");
        });
        return model.ParameterCount;
    }

    private static System.Text.Json.JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    /// <summary>The published preprocessing of the family, at the model's own size where that is smaller.</summary>
    private static JsonObject Preprocessor(ImageEncoder encoder)
    {
        var family = CheckpointPreprocessing.Of(null, encoder);
        int size = encoder is VisionTransformer vit ? Math.Min(encoder.ImageSize, PublishedSize) / vit.Config.Patch * vit.Config.Patch : encoder.ImageSize;
        int edge = encoder is VisionTransformer ? size * PublishedEdge / PublishedSize : size;
        return new JsonObject
        {
            ["image_processor_type"] = encoder is VisionTransformer ? "BitImageProcessor" : "CLIPImageProcessor",
            ["do_convert_rgb"] = true,
            ["do_resize"] = true,
            ["size"] = new JsonObject { ["shortest_edge"] = edge },
            ["resample"] = 3,
            ["do_center_crop"] = true,
            ["crop_size"] = new JsonObject { ["height"] = size, ["width"] = size },
            ["do_rescale"] = true,
            ["rescale_factor"] = 1 / 255.0,
            ["do_normalize"] = true,
            ["image_mean"] = Numbers(family.Mean),
            ["image_std"] = Numbers(family.Std),
        };
    }

    private static JsonArray Numbers(float[] values) => [.. values.Select(value => (JsonNode)value)];
}
