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

    internal int Size(string key, int? otherwise = null)
    {
        if (Find(key, JsonValueKind.Number) is not { } value)
        {
            return otherwise ?? throw Missing(key, "a positive integer");
        }

        return value.TryGetInt32(out int size) && size is > 0 and <= MaxSize
            ? size
            : throw new HkaFerException($"{where}: {key} is {value.GetRawText()}; expected an integer from 1 to {MaxSize}");
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
            : throw new HkaFerException($"{where}: {key} is {value.GetRawText()}; expected true or false");
    }

    private JsonElement? Find(string key, JsonValueKind kind)
    {
        if (!json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == kind ? value : throw new HkaFerException($"{where}: {key} is {value.GetRawText()}; expected a {kind.ToString().ToLowerInvariant()}");
    }

    private HkaFerException Missing(string key, string expected) => new($"{where}: '{key}' is missing; expected {expected}");
}
