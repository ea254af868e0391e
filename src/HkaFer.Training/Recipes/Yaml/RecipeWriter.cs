using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace HkaFer.Training;

/// <summary>Writes records as YAML, every key in the schema's order.</summary>
internal static partial class RecipeWriter
{
    internal static string Write(object recipe)
    {
        var text = new StringBuilder();
        foreach (RecipeEntry entry in Entries(recipe))
        {
            text.Append(Line(entry)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Every key in the order of the file.</summary>
    internal static IEnumerable<RecipeEntry> Entries(object recipe) => Entries(RecipeSchema.KeysOf(recipe.GetType()), recipe, "", 0);

    /// <summary>The line of a key.</summary>
    internal static string Line(RecipeEntry entry) =>
        $"{new string(' ', 2 * entry.Depth)}{entry.Name}:{(entry.IsHeading ? "" : $" {Value(entry.Value)}")}";

    private static IEnumerable<RecipeEntry> Entries(IReadOnlyList<RecipeKey> keys, object record, string above, int depth)
    {
        foreach (RecipeKey key in keys)
        {
            object? value = key.Property.GetValue(record);
            string path = above.Length == 0 ? key.Name : $"{above}.{key.Name}";
            bool isHeading = value is not null && RecipeSchema.IsSection(key.Type);
            yield return new RecipeEntry(path, key.Name, depth, isHeading, isHeading ? null : value);
            if (!isHeading)
            {
                continue;
            }

            object? body = value;
            IReadOnlyList<RecipeKey> below = RecipeSchema.KeysOf(key.Type);
            if (RecipeSchema.KindsOf(key.Type).Count > 0)
            {
                (RecipeKind kind, body) = RecipeSchema.KindOf(key.Type, value!);
                below = RecipeSchema.KeysOf(kind);
                yield return new RecipeEntry($"{path}.{RecipeSchema.KindKey}", RecipeSchema.KindKey, depth + 1, false, kind.Name);
            }

            foreach (RecipeEntry entry in body is null ? [] : Entries(below, body, path, depth + 1))
            {
                yield return entry;
            }
        }
    }

    private static string Value(object? value) => value switch
    {
        null => "null",
        string text => Text(text),
        bool flag => flag ? "true" : "false",
        Enum name => RecipeSchema.NameOf(name),
        ClassWeights weights => weights.Name ?? Value(weights.Values),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object>().Select(Value))}]",
        double or float => ((IFormattable)value).ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant(),
        _ when RecipeSchema.PairOf(value.GetType()) is not null => $"[{string.Join(", ", RecipeSchema.PartsOf(value).Select(Value))}]",
        _ => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
    };

    private static string Text(string text)
    {
        if (Plain().IsMatch(text) && text is not ("null" or "true" or "false"))
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            // Letters of every script stay readable; what cannot be seen, or YAML takes for the end of a line, is escaped.
            quoted.Append(rune.Value switch
            {
                '"' or '\\' => $"\\{(char)rune.Value}",
                _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse => $"\\U{rune.Value:X8}",
                _ => rune.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    // What YAML reads as text without quotes, kept narrow.
    [GeneratedRegex(@"^[A-Za-z_./][A-Za-z0-9_./-]*\z")]
    private static partial Regex Plain();
}

/// <summary>A key of a recipe and its value.</summary>
/// <param name="Path">Keys on the way, joined by dots.</param>
/// <param name="Name">The last of them.</param>
/// <param name="Depth">Sections around it.</param>
/// <param name="IsHeading">Whether it is a section, whose keys follow.</param>
/// <param name="Value">The value; none for a section.</param>
internal sealed record RecipeEntry(string Path, string Name, int Depth, bool IsHeading, object? Value);
