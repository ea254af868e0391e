namespace HkaFer.Models;

/// <summary>
/// CLIP's tokenizer as the published one (transformers): composed, white space joined, lower case, cut into contractions, runs of letters, single
/// digits and runs of anything else, then byte pairs.
/// </summary>
public sealed class ClipTokenizer
{
    private const string StartText = "<|startoftext|>", EndText = "<|endoftext|>";
    private static readonly string[] s_contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private readonly BytePairs _pairs;

    private ClipTokenizer(BytePairs pairs, int start, int end) => (_pairs, Start, End) = (pairs, start, end);

    /// <summary>The token before every text.</summary>
    public int Start { get; }

    /// <summary>The token after every text.</summary>
    public int End { get; }

    /// <summary>Number of entries of the vocabulary.</summary>
    public int Count => _pairs.Count;

    /// <summary>Reads a folder as the hub lays it out.</summary>
    /// <param name="folder">Holds <c>vocab.json</c> and <c>merges.txt</c>.</param>
    /// <exception cref="HkaFerException">A file is missing or damaged; the message names it.</exception>
    public static ClipTokenizer Load(string folder)
    {
        if (((string[])["vocab.json", "merges.txt"]).FirstOrDefault(name => !File.Exists(Path.Combine(folder, name))) is { } missing)
        {
            throw new HkaFerException(
                $"{folder}: has no {missing}, which CLIP's texts are tokenized with; put vocab.json and merges.txt of a published CLIP there (all have the same)");
        }

        var pairs = BytePairs.Load(folder, "</w>");
        int Special(string token) => pairs.Find(token)
            ?? throw new HkaFerException($"{Path.Combine(folder, "vocab.json")}: token \"{token}\" is missing; expected a vocabulary of CLIP");
        return new ClipTokenizer(pairs, Special(StartText), Special(EndText));
    }

    /// <summary>The ids of a text, start and end token included.</summary>
    /// <param name="text">Any text; a start or end token written out in it is that token.</param>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int> { Start };
        for (int at = 0; at < text.Length;)
        {
            int start = IndexOf(text, StartText, at), end = IndexOf(text, EndText, at), special = Math.Min(start, end);
            Words(text[at..special], ids);
            if (special < text.Length)
            {
                ids.Add(start < end ? Start : End);
            }

            at = special + (special == text.Length ? 0 : (start < end ? StartText : EndText).Length);
        }

        ids.Add(End);
        return [.. ids];
    }

    /// <summary>The ids of a text, cut or filled up with end tokens to one length; the last is always an end token.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="length">At least 2: the encoder's longest text, say.</param>
    public int[] Encode(string text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        int[] ids = Encode(text), padded = new int[length];
        Array.Fill(padded, End);
        ids.AsSpan(0, Math.Min(ids.Length, length - 1)).CopyTo(padded);
        return padded;
    }

    private static int IndexOf(string text, string token, int from) =>
        text.IndexOf(token, from, StringComparison.Ordinal) is >= 0 and var at ? at : text.Length;

    private void Words(string text, List<int> ids)
    {
        string lower = Lower(CanonicalForm.Compose(text));
        for (int at = 0; at < lower.Length;)
        {
            int length = WordAt(lower, at, out bool isSpace);
            if (!isSpace)
            {
                _pairs.Encode(lower.AsSpan(at, length), ids);
            }

            at += length;
        }
    }

    /// <summary>The length of the word at a place: <c>'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+</c>, over whole code points.</summary>
    private static int WordAt(string text, int at, out bool isSpace)
    {
        isSpace = false;
        if (s_contractions.FirstOrDefault(c => string.CompareOrdinal(text, at, c, 0, c.Length) == 0) is { } contraction)
        {
            return contraction.Length;
        }

        CharacterClass first = CharacterClasses.At(text, at, out int length);
        isSpace = first == CharacterClass.Space;
        while (first != CharacterClass.Number && at + length < text.Length && CharacterClasses.At(text, at + length, out int more) == first)
        {
            length += more;
        }

        return length;
    }

    // The one character whose lower case is two: .NET leaves it as it is.
    private static string Lower(string text) => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
}
