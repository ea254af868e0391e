using System.Globalization;
using System.Reflection;
using System.Text;

namespace HkaFer.Models;

/// <summary>
/// Unicode's composed form NFC (UAX 15). The program runs without ICU, where .NET leaves text as it is, and tokenizers of published models compose
/// first: an accent typed as a character of its own must not give other tokens.
/// </summary>
internal static class CanonicalForm
{
    private const int HangulFirst = 0xAC00, LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28;

    private static readonly Lazy<Tables> s_tables = new(Tables.Read);

    /// <summary>The composed form; halves of surrogate pairs become U+FFFD.</summary>
    internal static string Compose(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        List<int> points = Decompose(text);
        Order(points);
        Compose(points);
        var composed = new StringBuilder(text.Length);
        Span<char> pair = stackalloc char[2];
        foreach (int point in points)
        {
            composed.Append(pair[..new Rune(point).EncodeToUtf16(pair)]);
        }

        return composed.ToString();
    }

    private static List<int> Decompose(string text)
    {
        var points = new List<int>(text.Length);
        var pending = new Stack<int>();
        foreach (Rune rune in text.EnumerateRunes())
        {
            pending.Push(rune.Value);
            while (pending.TryPop(out int point))
            {
                int syllable = point - HangulFirst;
                if (syllable is >= 0 and < Leads * Vowels * Tails)
                {
                    points.Add(LeadFirst + (syllable / (Vowels * Tails)));
                    points.Add(VowelFirst + (syllable / Tails % Vowels));
                    if (syllable % Tails > 0)
                    {
                        points.Add(TailFirst + (syllable % Tails));
                    }
                }
                else if (s_tables.Value.Decompositions.TryGetValue(point, out (int First, int Second) parts))
                {
                    if (parts.Second != 0)
                    {
                        pending.Push(parts.Second);
                    }

                    pending.Push(parts.First);
                }
                else
                {
                    points.Add(point);
                }
            }
        }

        return points;
    }

    /// <summary>Marks between two starters stand in the order of their classes; equal classes keep theirs.</summary>
    private static void Order(List<int> points)
    {
        for (int start = 0; start < points.Count; start++)
        {
            if (Class(points[start]) == 0)
            {
                continue;
            }

            int end = start;
            while (end < points.Count && Class(points[end]) != 0)
            {
                end++;
            }

            int[] marks = [.. points.Skip(start).Take(end - start).OrderBy(Class)];
            for (int i = 0; i < marks.Length; i++)
            {
                points[start + i] = marks[i];
            }

            start = end;
        }
    }

    private static void Compose(List<int> points)
    {
        int starter = -1, written = 0, last = -1;
        foreach (int point in points.ToArray())
        {
            // A mark is blocked from the starter by one of its own class or a starter between them.
            int mark = Class(point);
            if (starter >= 0 && last < mark && Pair(points[starter], point) is { } composed)
            {
                points[starter] = composed;
                continue;
            }

            (starter, last) = mark == 0 ? (written, -1) : (starter, mark);
            points[written++] = point;
        }

        points.RemoveRange(written, points.Count - written);
    }

    private static int? Pair(int first, int second)
    {
        int lead = first - LeadFirst, vowel = second - VowelFirst, syllable = first - HangulFirst, tail = second - TailFirst;
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
        {
            return HangulFirst + (((lead * Vowels) + vowel) * Tails);
        }

        if (syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && tail is > 0 and < Tails)
        {
            return first + tail;
        }

        return s_tables.Value.Compositions.TryGetValue((first, second), out int composed) ? composed : null;
    }

    private static int Class(int point) => s_tables.Value.Classes.GetValueOrDefault(point);

    private sealed record Tables(
        Dictionary<int, int> Classes, Dictionary<int, (int First, int Second)> Decompositions, Dictionary<(int, int), int> Compositions)
    {
        internal static Tables Read()
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("HkaFer.Models.canonical.txt")!;
            using var reader = new StreamReader(stream);
            var tables = new Tables([], [], []);
            while (reader.ReadLine() is { } line)
            {
                string[] words = line.Split(' ');
                if (words[0].EndsWith(':'))
                {
                    int point = Hex(words[0][..^1]), second = words.Length > 2 && words[2] != "!" ? Hex(words[2]) : 0;
                    tables.Decompositions[point] = (Hex(words[1]), second);
                    if (words[^1] != "!")
                    {
                        tables.Compositions[(Hex(words[1]), second)] = point;
                    }
                }
                else if (words[0] != "#")
                {
                    for (int point = Hex(words[0]); point <= Hex(words[1]); point++)
                    {
                        tables.Classes[point] = int.Parse(words[2], CultureInfo.InvariantCulture);
                    }
                }
            }

            return tables;
        }

        private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
