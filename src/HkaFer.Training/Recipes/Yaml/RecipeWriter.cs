using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace HkaFer.Training;

/// <summary>Writes records as YAML, every key in the schema's order.</summary>
internal static partial class RecipeWriter
{
    internal static string Write(Recipe recipe)
    {
        var text = new StringBuilder();
        Keys(text, RecipeSchema.KeysOf(typeof(Recipe)), recipe, 0);
        return text.ToString();
    }

    private static void Keys(StringBuilder text, IReadOnlyList<RecipeKey> keys, object record, int depth)
    {
        foreach (RecipeKey key in keys)
        {
            object? value = key.Property.GetValue(record);
            text.Append(' ', 2 * depth).Append(key.Name).Append(':');
            if (value is null || !RecipeSchema.IsSection(key.Type))
            {
                text.Append(' ').Append(Value(value)).Append('\n');
            }
            else if (RecipeSchema.KindsOf(key.Type).Count == 0)
            {
                text.Append('\n');
                Keys(text, RecipeSchema.KeysOf(key.Type), value, depth + 1);
            }
            else
            {
                (RecipeKind kind, object? body) = RecipeSchema.KindOf(key.Type, value);
                text.Append('\n').Append(' ', 2 * (depth + 1)).Append(RecipeSchema.KindKey).Append(": ").Append(kind.Name).Append('\n');
                if (body is not null)
                {
                    Keys(text, RecipeSchema.KeysOf(kind), body, depth + 1);
                }
            }
        }
    }

    private static string Value(object? value) => value switch
    {
        null => "null",
        string text => Text(text),
        bool flag => flag ? "true" : "false",
        Enum name => RecipeSchema.NamesOf(name.GetType()).Single(n => n.Value.Equals(name)).Key,
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
