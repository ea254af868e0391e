using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Models;

/// <summary>Sizes and options of a CLIP model, as its <c>config.json</c> gives them.</summary>
public sealed record ClipConfig
{
    /// <summary><c>model_type</c> of a whole model.</summary>
    internal const string Whole = "clip";

    /// <summary><c>model_type</c> of an image encoder alone.</summary>
    internal const string VisionAlone = "clip_vision_model";

    /// <summary>The image encoder.</summary>
    public required ClipVisionConfig Vision { get; init; }

    /// <summary>The text encoder.</summary>
    public required ClipTextConfig Text { get; init; }

    /// <summary>Width of the space that images and texts share.</summary>
    public int ProjectionWidth { get; init; } = 512;

    /// <summary>First value of the logarithm of the logits' scale.</summary>
    public double LogitScale { get; init; } = 2.6592;

    /// <summary>The published architectures by name, or null.</summary>
    /// <param name="name"><c>clip-vit-base-patch32</c>, <c>clip-vit-base-patch16</c>, <c>clip-vit-large-patch14</c>.</param>
    public static ClipConfig? Named(string name) => name switch
    {
        "clip-vit-base-patch32" => Published(768, 12, 12, 32, 512, 8, 512),
        "clip-vit-base-patch16" => Published(768, 12, 12, 16, 512, 8, 512),
        "clip-vit-large-patch14" => Published(1024, 24, 16, 14, 768, 12, 768),
        _ => null,
    };

    /// <summary>Reads the <c>config.json</c> of a whole model.</summary>
    /// <param name="json">The parsed file.</param>
    /// <param name="where">Its path, for messages.</param>
    /// <exception cref="HkaFerException">It describes another kind of model, or a value is missing or impossible.</exception>
    public static ClipConfig Parse(JsonElement json, string where)
    {
        var reader = new ConfigReader(json, where);
        CheckType(reader, where, Whole);
        double scale = reader.Number("logit_scale_init_value", 2.6592);
        return new ClipConfig
        {
            Vision = ClipVisionConfig.Read(Section(reader, where, "vision_config"), $"{where}: vision_config"),
            Text = ClipTextConfig.Read(Section(reader, where, "text_config"), $"{where}: text_config"),
            ProjectionWidth = reader.Size("projection_dim", 512),
            LogitScale = scale is >= -100 and <= 100 ? scale : throw new HkaFerException($"{where}: logit_scale_init_value is {scale}; expected -100 to 100"),
        };
    }

    /// <summary>The content of <c>config.json</c>.</summary>
    public JsonObject ToJson()
    {
        JsonObject vision = Vision.ToJson();
        vision.Remove("architectures");
        return new()
        {
            ["architectures"] = new JsonArray("CLIPModel"),
            ["model_type"] = Whole,
            ["projection_dim"] = ProjectionWidth,
            ["logit_scale_init_value"] = LogitScale,
            ["text_config"] = Text.ToJson(),
            ["vision_config"] = vision,
        };
    }

    /// <summary>Reads the image encoder's part of a <c>config.json</c>, of a whole model or of the encoder alone.</summary>
    /// <param name="json">The parsed file.</param>
    /// <param name="where">Its path, for messages.</param>
    /// <exception cref="HkaFerException">It describes another kind of model, or a value is impossible.</exception>
    public static ClipVisionConfig ParseVision(JsonElement json, string where)
    {
        var reader = new ConfigReader(json, where);
        return CheckType(reader, where, Whole, VisionAlone) == Whole
            ? ClipVisionConfig.Read(Section(reader, where, "vision_config"), $"{where}: vision_config")
            : ClipVisionConfig.Read(reader, where);
    }

    /// <summary>Width of the shared space, of a whole model or of the image encoder with its projection.</summary>
    internal static int ParseProjection(JsonElement json, string where) => new ConfigReader(json, where).Size("projection_dim", 512);

    /// <summary>The <c>model_type</c> of a folder's <c>config.json</c>; null where there is none.</summary>
    internal static string? TypeIn(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        return File.Exists(path) && CheckpointFolder.ReadJson(path).TryGetProperty("model_type", out JsonElement type) ? type.ToString() : null;
    }

    private static string CheckType(ConfigReader reader, string where, params string[] expected)
    {
        string type = reader.Text("model_type");
        return expected.Contains(type, StringComparer.Ordinal)
            ? type
            : throw new HkaFerException($"{where}: model_type is '{type}'; expected '{string.Join("' or '", expected)}'");
    }

    private static ConfigReader Section(ConfigReader reader, string where, string key) =>
        reader.Section(key) ?? throw new HkaFerException($"{where}: '{key}' is missing; expected an object");

    private static ClipConfig Published(int width, int depth, int heads, int patch, int textWidth, int textHeads, int projection) => new()
    {
        Vision = new ClipVisionConfig { Width = width, Depth = depth, Heads = heads, MlpWidth = 4 * width, Patch = patch },
        Text = new ClipTextConfig { Width = textWidth, Depth = 12, Heads = textHeads, MlpWidth = 4 * textWidth },
        ProjectionWidth = projection,
    };
}
