using System.Text.Json;

namespace HkaFer.Training;

/// <summary>Reads what is there: a run of another version may lack a field, and its report then lacks a number.</summary>
internal static class JsonReading
{
    internal static JsonElement? At(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    internal static double? Number(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;

    internal static string? Text(this JsonElement json, string name) => json.At(name) is { } value ? Text(value) : null;

    /// <summary>The strings of a list; nothing in the place of what is none.</summary>
    internal static IReadOnlyList<string> Texts(this JsonElement json, string name) => [.. json.Items(name).Select(value => Text(value) ?? "")];

    internal static IReadOnlyList<JsonElement> Items(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.Array } value ? [.. value.EnumerateArray()] : [];

    internal static IReadOnlyList<double> Numbers(this JsonElement json, string name) =>
        [.. json.Items(name).Numbers()];

    /// <summary>Values of a list; 0 stands for what is no number.</summary>
    internal static IEnumerable<double> Numbers(this IEnumerable<JsonElement> values) =>
        values.Select(value => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : 0);

    /// <summary>The bytes of a base64 string, or null where it is none.</summary>
    internal static byte[]? Bytes(this JsonElement value) => Read(value, v => v.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : null);

    private static string? Text(JsonElement value) => Read(value, v => v.GetString());

    private static T? Read<T>(JsonElement value, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? read(value) : null;
        }
        catch (InvalidOperationException)
        {
            // Half a character: the parser leaves the text of strings unchecked until it is asked for.
            return null;
        }
    }
}
