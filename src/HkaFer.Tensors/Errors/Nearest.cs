namespace HkaFer;

/// <summary>Finds what somebody may have meant.</summary>
public static class Nearest
{
    /// <summary><c>did you mean 'x'? Known: ...</c>, or only what is known if nothing is near.</summary>
    public static string Hint(string word, IEnumerable<string> known)
    {
        string[] all = [.. known];
        if (all.Length == 0) return "it takes none";
        string list = string.Join(", ", all);
        return Of(word, all) is { } best ? $"did you mean '{best}'? Known: {list}" : $"known: {list}";
    }

    /// <summary>The nearest of the words that are known, or null if none is near.</summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        string lower = Cut(word).ToLowerInvariant();
        if (known.FirstOrDefault(k => k.Length > 2 && lower.StartsWith(k, StringComparison.Ordinal)) is { } start)
        {
            return start;
        }

        var best = known.MinBy(k => Distance(lower, k));
        // Half the letters wrong is no longer a slip of the finger.
        return best is not null && Distance(lower, best) <= Math.Max(1, best.Length / 2) ? best : null;
    }

    /// <summary>Text from outside as a message quotes it: of any length, so cut.</summary>
    public static string Cut(string text) => text.Length > 200 ? text[..200] + ".." : text;

    /// <summary>
    /// Insertions, deletions, substitutions and swaps of neighbours between two words (optimal string alignment); long words are cut, nobody mistypes a novel.
    /// </summary>
    public static int Distance(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        a = a[..Math.Min(a.Length, 64)];
        b = b[..Math.Min(b.Length, 64)];
        Span<int> earlier = stackalloc int[b.Length + 1], above = stackalloc int[b.Length + 1], row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            above.CopyTo(earlier);
            row.CopyTo(above);
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], earlier[j - 2] + 1);
                }
            }
        }

        return row[b.Length];
    }
}
