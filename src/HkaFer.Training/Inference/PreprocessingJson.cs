using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>Preprocessing as it stands beside the weights that were trained with it.</summary>
internal static class PreprocessingJson
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    internal static JsonNode Write(Preprocessing preprocessing) => JsonSerializer.SerializeToNode(preprocessing, s_json)!;

    internal static JsonNode Write(PatchPreprocessing preprocessing) => JsonSerializer.SerializeToNode(preprocessing, s_json)!;

    /// <summary>That of a vision-language model.</summary>
    /// <param name="json">What <see cref="Write(PatchPreprocessing)"/> wrote.</param>
    /// <param name="file">Where it was read, for the message.</param>
    /// <exception cref="HkaFerException">It is something else, or a value is impossible.</exception>
    internal static PatchPreprocessing ReadPatches(JsonElement json, string file)
    {
        try
        {
            PatchPreprocessing read = json.Deserialize<PatchPreprocessing>(s_json) ?? new PatchPreprocessing();
            read.Check();
            return read;
        }
        catch (Exception e) when (e is JsonException or HkaFerException)
        {
            throw new HkaFerException($"{file}: preprocessing cannot be read ({e.Message})", e);
        }
    }

    /// <param name="json">What <see cref="Write(Preprocessing)"/> wrote.</param>
    /// <param name="folder">Where it was read, for the message.</param>
    /// <exception cref="HkaFerException">It is something else, or a value is impossible.</exception>
    internal static Preprocessing Read(JsonElement json, string folder)
    {
        try
        {
            Preprocessing read = json.Deserialize<Preprocessing>(s_json) ?? new Preprocessing();
            read.Check();
            return read;
        }
        catch (Exception e) when (e is JsonException or HkaFerException)
        {
            throw new HkaFerException($"{folder}: preprocessing in adapter_config.json cannot be read ({e.Message})", e);
        }
    }
}
