using System.Text.Json;

namespace HkaFer.Training;

/// <summary>Reads what is there: a run of another version may lack a field, and its report then lacks a number.</summary>
internal static class JsonReading
{
    internal static JsonElement? At(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    internal static double? Number(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;

    internal static string? Text(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    internal static IReadOnlyList<JsonElement> Items(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.Array } value ? [.. value.EnumerateArray()] : [];

    internal static IReadOnlyList<double> Numbers(this JsonElement json, string name) =>
        [.. json.Items(name).Numbers()];

    /// <summary>Values of a list; 0 stands for what is no number.</summary>
    internal static IEnumerable<double> Numbers(this IEnumerable<JsonElement> values) =>
        values.Select(value => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : 0);
}
