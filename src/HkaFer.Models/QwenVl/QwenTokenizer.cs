using System.Buffers;
using System.Text;
using System.Text.Json;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// The tokenizer of Qwen2 and its vision models as the published one (transformers): special tokens first, then composed (NFC), cut into words, byte
/// pairs. Nothing is lost: <see cref="Decode"/> gives the composed text back.
/// </summary>
public sealed class QwenTokenizer
{
    private static readonly string[] s_contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private readonly BytePairs _pairs;
    private readonly AddedToken[] _added;
    private readonly Dictionary<int, AddedToken> _addedById;
    private readonly SearchValues<char> _firsts;

    private QwenTokenizer(BytePairs pairs, IReadOnlyList<AddedToken> added, string folder)
    {
        // The longest first: of two that start at one place it is meant.
        (_pairs, _added) = (pairs, [.. added.OrderByDescending(token => token.Text.Length)]);
        _addedById = _added.ToDictionary(token => token.Id);
        _firsts = SearchValues.Create([.. _added.Select(token => token.Text[0]).Distinct()]);
        MessageStart = Require("<|im_start|>", folder);
        MessageEnd = Require("<|im_end|>", folder);
        EndOfText = Require("<|endoftext|>", folder);
        ImagePad = Require("<|image_pad|>", folder);
    }

    /// <summary><c>&lt;|im_start|&gt;</c>, before the role of a message.</summary>
    public int MessageStart { get; }

    /// <summary><c>&lt;|im_end|&gt;</c>, after a message; answers end with it.</summary>
    public int MessageEnd { get; }

    /// <summary><c>&lt;|endoftext|&gt;</c>; padding too.</summary>
    public int EndOfText { get; }

    /// <summary><c>&lt;|image_pad|&gt;</c>, one for each visual token.</summary>
    public int ImagePad { get; }

    /// <summary>Reads a folder as the hub lays it out.</summary>
    /// <param name="folder">
    /// Holds <c>vocab.json</c> and <c>merges.txt</c>, or <c>tokenizer.json</c>; special tokens in <c>tokenizer_config.json</c> or <c>tokenizer.json</c>.
    /// </param>
    /// <exception cref="HkaFerException">A file is missing or damaged; the message names it.</exception>
    public static QwenTokenizer Load(string folder)
    {
        string whole = Path.Combine(folder, "tokenizer.json");
        bool parts = File.Exists(Path.Combine(folder, "vocab.json"));
        if (!parts && !File.Exists(whole))
        {
            throw new HkaFerException($"{folder}: has no tokenizer; expected vocab.json and merges.txt, or tokenizer.json");
        }

        BytePairs pairs = parts ? BytePairs.Load(folder)
            : BytePairs.Parse(CheckpointFolder.ReadJson(whole).TryGetProperty("model", out JsonElement model) ? model : default, whole);
        return new QwenTokenizer(pairs, AddedToken.Read(folder), folder);
    }

    /// <summary>The id of a special token, or of a token as the vocabulary writes it; null where there is none.</summary>
    public int? Find(string token) => _added.FirstOrDefault(added => added.Text == token)?.Id ?? _pairs.Find(token);

    /// <summary>The ids of a text; nothing is put before or after it. A special token written out in it is that token.</summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();
        int done = 0;
        for (int at = 0; at < text.Length;)
        {
            int next = text.AsSpan(at).IndexOfAny(_firsts);
            at = next < 0 ? text.Length : at + next;
            if (AddedAt(text, at) is { } token)
            {
                Words(text[done..at], ids);
                ids.Add(token.Id);
                done = at += token.Text.Length;
            }
            else
            {
                at++;
            }
        }

        Words(text[done..], ids);
        return [.. ids];
    }

    /// <summary>The text of ids; bytes that are no UTF-8 become U+FFFD, as those of a character whose end is still to come.</summary>
    /// <param name="ids">The ids; those that no token has are left out.</param>
    /// <param name="skipSpecial">Leaves out what steers the model: an answer without <c>&lt;|im_end|&gt;</c>.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            if (!_addedById.TryGetValue(id, out AddedToken? added))
            {
                bytes.AddRange(_pairs.BytesOf(id) ?? []);
            }
            else if (!(skipSpecial && added.Special))
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(added.Text));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private AddedToken? AddedAt(string text, int at)
    {
        foreach (AddedToken token in _added)
        {
            if (string.CompareOrdinal(text, at, token.Text, 0, token.Text.Length) == 0)
            {
                return token;
            }
        }

        return null;
    }

    private void Words(string text, List<int> ids)
    {
        string composed = CanonicalForm.Compose(text);
        foreach (Range word in WordsOf(composed))
        {
            _pairs.Encode(composed.AsSpan()[word], ids);
        }
    }

    /// <summary>The words of a text, one after another without gaps.</summary>
    internal static IEnumerable<Range> WordsOf(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            int end = EndOfWord(text, at);
            yield return at..end;
            at = end;
        }
    }

    /// <summary>
    /// The end of the word that starts at a place: the first of
    /// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c> that matches.
    /// </summary>
    private static int EndOfWord(string text, int at)
    {
        if (ContractionAt(text, at) is > 0 and var contraction)
        {
            return at + contraction;
        }

        CharacterClass first = CharacterClasses.At(text, at, out int length);
        int letters = first == CharacterClass.Letter ? at : at + length;
        bool mayLead = first is CharacterClass.Letter or CharacterClass.Other || (first == CharacterClass.Space && text[at] is not ('\r' or '\n'));
        if (mayLead && CharacterClasses.EndOfRun(text, letters, CharacterClass.Letter) is var word && word > letters)
        {
            return word;
        }

        if (first == CharacterClass.Number)
        {
            return at + length;
        }

        int others = text[at] == ' ' ? at + 1 : at, end = CharacterClasses.EndOfRun(text, others, CharacterClass.Other);
        if (end > others)
        {
            while (end < text.Length && text[end] is '\r' or '\n') { end++; }
            return end;
        }

        // White space: up to its last line end; else all but one where a word follows, which that one belongs to.
        end = CharacterClasses.EndOfRun(text, at, CharacterClass.Space);
        int lineEnd = text.AsSpan(at, end - at).LastIndexOfAny('\r', '\n');
        return lineEnd >= 0 ? at + lineEnd + 1 : end < text.Length && end - at > 1 ? end - 1 : end;
    }

    private static int ContractionAt(string text, int at)
    {
        if (text[at] != '\'')
        {
            return 0;
        }

        // Upper and lower case of the pattern's letters, and the long s, whose upper case is S.
        foreach (string contraction in s_contractions)
        {
            if (string.Compare(text, at, contraction, 0, contraction.Length, StringComparison.OrdinalIgnoreCase) == 0)
            {
                return contraction.Length;
            }
        }

        return at + 1 < text.Length && text[at + 1] == '\u017F' ? 2 : 0;
    }

    private int Require(string token, string folder) => Find(token)
        ?? throw new HkaFerException($"{folder}: the tokenizer has no token \"{token}\"; expected one of Qwen2-VL or Qwen2.5-VL");
}
