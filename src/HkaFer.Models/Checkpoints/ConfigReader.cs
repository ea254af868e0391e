using System.Globalization;
using System.Text.Json;

namespace HkaFer.Models;

/// <summary>Reads values of a <c>config.json</c> with errors that name file, key and what was expected.</summary>
internal readonly struct ConfigReader(JsonElement json, string where)
{
    /// <summary>No published model has a size near it; larger values are mistakes or attacks.</summary>
    private const int MaxSize = 1 << 20;

    internal string Text(string key, string? otherwise = null) => Find(key, JsonValueKind.String) is { } value
        ? value.GetString()!
        : otherwise ?? throw Missing(key, "a string");

    internal int Size(string key, int? otherwise = null, int limit = MaxSize)
    {
        if (Find(key, JsonValueKind.Number) is not { } value)
        {
            return otherwise ?? throw Missing(key, "a positive integer");
        }

        return value.TryGetInt32(out int size) && size > 0 && size <= limit
            ? size
            : throw new HkaFerException($"{where}: {key} is {Cut(value.GetRawText())}; expected an integer from 1 to {limit}");
    }

    internal double Number(string key, double otherwise)
    {
        double value = Find(key, JsonValueKind.Number)?.GetDouble() ?? otherwise;
        return double.IsFinite(value) ? value : throw new HkaFerException($"{where}: {key} is {value}; expected a finite number");
    }

    internal bool Flag(string key, bool otherwise)
    {
        if (!json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return otherwise;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new HkaFerException($"{where}: {key} is {Cut(value.GetRawText())}; expected true or false");
    }

    /// <summary>A list of non-negative integers, or null where the key is absent.</summary>
    internal int[]? Integers(string key, int limit = MaxSize)
    {
        if (Find(key, JsonValueKind.Array) is not { } list)
        {
            return null;
        }

        var values = new List<int>();
        foreach (JsonElement item in list.EnumerateArray())
        {
            bool fits = item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int value) && value >= 0 && value <= limit;
            values.Add(fits ? item.GetInt32() : throw new HkaFerException($"{where}: {key} is {Cut(list.GetRawText())}; expected integers from 0 to {limit}"));
        }

        return [.. values];
    }

    /// <summary>Whether there is a value of this key.</summary>
    internal bool Has(string key) => json.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Class names of an object from "0", "1", .. to names.</summary>
    internal IReadOnlyList<string> Labels(string key)
    {
        JsonElement map = Find(key, JsonValueKind.Object) ?? throw Missing(key, "an object from class numbers to names");
        var labels = new string[map.EnumerateObject().Count()];
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            bool fits = int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                && index < labels.Length && labels[index] is null && entry.Value.ValueKind == JsonValueKind.String;
            if (!fits)
            {
                throw new HkaFerException(
                    $"{where}: {key} has the entry \"{Cut(entry.Name)}\": {Cut(entry.Value.GetRawText())}; expected the numbers from 0 to {labels.Length - 1}, each once and with a name");
            }

            labels[index] = entry.Value.GetString()!;
        }

        return labels;
    }

    /// <summary>The object of this key.</summary>
    internal ConfigReader? Section(string key) => Find(key, JsonValueKind.Object) is { } section ? new ConfigReader(section, $"{where}: {key}") : null;

    private JsonElement? Find(string key, JsonValueKind kind)
    {
        if (!json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == kind ? value : throw new HkaFerException($"{where}: {key} is {Cut(value.GetRawText())}; expected a {kind.ToString().ToLowerInvariant()}");
    }

    /// <summary>Values come from outside and may be of any length.</summary>
    private static string Cut(string text) => text.Length > 80 ? text[..80] + ".." : text;

    private HkaFerException Missing(string key, string expected) => new($"{where}: '{key}' is missing; expected {expected}");
}
