using System.Text.Json;

namespace HkaFer.Adapters;

/// <summary>Reads values of an <c>adapter_config.json</c> with errors that name file, key and what was expected.</summary>
internal readonly struct AdapterJson(JsonElement json, string where)
{
    internal string Text(string key, string otherwise) => Find(key) is not { } value ? otherwise
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Bad(key, value, "a string");

    internal int Integer(string key, int low, int high, int? otherwise = null)
    {
        if (Find(key) is not { } value)
        {
            return otherwise ?? throw new HkaFerException($"{where}: '{key}' is missing; expected an integer from {low} to {high}");
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= low && number <= high
            ? number
            : throw Bad(key, value, $"an integer from {low} to {high}");
    }

    internal double Number(string key, double otherwise) => Find(key) is not { } value ? otherwise
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number
        : throw Bad(key, value, "a finite number");

    internal bool Flag(string key, bool otherwise) => Find(key) is not { } value ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Bad(key, value, "true or false");

    /// <summary>Refuses what is neither null, nor false, nor empty: options that would change what the adapter computes.</summary>
    internal void RefuseAll(IEnumerable<string> keys)
    {
        foreach (string key in keys)
        {
            if (Find(key) is { } value && value.ValueKind != JsonValueKind.False
                && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0)
                && !(value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any()))
            {
                throw new HkaFerException($"{where}: {key} is not supported by this reader; write the adapter without it");
            }
        }
    }

    /// <summary>A text, a list of texts, or nothing.</summary>
    internal (string? Text, IReadOnlyList<string> List) TextOrStrings(string key) =>
        Find(key) is { ValueKind: JsonValueKind.String } text ? (text.GetString()!, []) : (null, Strings(key));

    /// <summary>An integer, a list of integers, or null where there is nothing.</summary>
    internal IReadOnlyList<int>? Integers(string key)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return items.All(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out _))
            ? [.. items.Select(v => v.GetInt32())]
            : throw Bad(key, value, "an integer or a list of integers");
    }

    /// <summary>Texts to numbers, in their order.</summary>
    internal IReadOnlyList<(string Key, double Value)> Numbers(string key)
    {
        if (Find(key) is not { } value)
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Object
            && value.EnumerateObject().All(p => p.Value.ValueKind == JsonValueKind.Number && p.Value.TryGetDouble(out double number) && double.IsFinite(number))
            ? [.. value.EnumerateObject().Select(p => (p.Name, p.Value.GetDouble()))]
            : throw Bad(key, value, "an object from patterns to numbers");
    }

    internal IReadOnlyList<string> Strings(string key)
    {
        if (Find(key) is not { } value)
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(v => v.GetString()!)]
            : throw Bad(key, value, "a list of strings");
    }

    internal IReadOnlyList<(int Q, int L)> Pairs(string key)
    {
        if (Find(key) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > 1024)
        {
            throw Bad(key, value, "a list of pairs [q, l]");
        }

        var pairs = new List<(int, int)>();
        foreach (JsonElement pair in value.EnumerateArray())
        {
            bool fits = pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
                && pair.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out int size) && size > 0);
            pairs.Add(fits ? (pair[0].GetInt32(), pair[1].GetInt32()) : throw Bad(key, value, "a list of pairs [q, l] of positive integers"));
        }

        return pairs;
    }

    private JsonElement? Find(string key) => json.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private HkaFerException Bad(string key, JsonElement value, string expected)
    {
        string got = value.GetRawText();
        return new HkaFerException($"{where}: {key} is {(got.Length > 80 ? got[..80] + ".." : got)}; expected {expected}");
    }
}
