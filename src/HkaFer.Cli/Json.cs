using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Cli;

/// <summary>Values as scripts get them: full precision, null for what is not a finite number, text unescaped where JSON allows.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions s_indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonNode? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;

    // A float's own shortest form: 0.93, where its double would read 0.9300000071525574.
    public static JsonNode? Number(float value) => float.IsFinite(value) ? JsonValue.Create(value) : null;

    public static JsonNode? Number(long? value) => value is { } number ? JsonValue.Create(number) : null;

    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> convert) => [.. items.Select(convert)];

    public static JsonArray Strings(IEnumerable<string> items) => Array(items, item => JsonValue.Create(item));

    /// <summary>A document for people to read too.</summary>
    public static string Document(JsonNode node) => node.ToJsonString(s_indented);

    /// <summary>One line.</summary>
    public static string Line(JsonNode node) => node.ToJsonString(s_line);
}
