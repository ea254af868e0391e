using System.Text;
using System.Text.Json;

namespace HkaFer.Models;

/// <summary>
/// Byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019): a word's bytes, joined pair by pair in the order of the merges. How
/// text is cut into words is each model's own.
/// </summary>
public sealed class BytePairs
{
    /// <summary>Far beyond published vocabularies (152,000 entries), whose files come from outside.</summary>
    private const int MaxFile = 64 << 20;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Joined)> _merges = [];
    private readonly int[] _bytes = new int[256], _lastBytes = new int[256];
    private readonly Lazy<Dictionary<int, string>> _tokens;

    private BytePairs(Dictionary<string, int> ids)
    {
        _ids = ids;
        _tokens = new(() => _ids.ToDictionary(pair => pair.Value, pair => pair.Key));
    }

    /// <summary>Number of entries of the vocabulary.</summary>
    public int Count => _ids.Count;

    /// <summary>Reads a folder as the hub lays it out.</summary>
    /// <param name="folder">Holds <c>vocab.json</c> (tokens to ids) and <c>merges.txt</c> (pairs, the first to be joined first).</param>
    /// <param name="endOfWord">What tokens at the end of a word carry, <c>&lt;/w&gt;</c> in CLIP; empty where nothing.</param>
    /// <exception cref="HkaFerException">A file is missing or damaged, or both do not belong together; the message names file and line.</exception>
    public static BytePairs Load(string folder, string endOfWord = "")
    {
        ArgumentNullException.ThrowIfNull(endOfWord);
        string vocabulary = Path.Combine(folder, "vocab.json");
        BytePairs pairs = Make(CheckpointFolder.ReadJson(vocabulary), vocabulary, endOfWord);
        pairs.ReadMerges(Path.Combine(folder, "merges.txt"));
        return pairs;
    }

    /// <summary>Reads the <c>model</c> of a <c>tokenizer.json</c>, which holds vocabulary and merges in one file.</summary>
    /// <param name="model">Of type BPE, with <c>vocab</c> and <c>merges</c> (pairs as two strings, or as one with a space between).</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="HkaFerException">It is another kind of tokenizer, or damaged.</exception>
    internal static BytePairs Parse(JsonElement model, string where)
    {
        bool whole = model.ValueKind == JsonValueKind.Object && model.TryGetProperty("vocab", out JsonElement vocabulary)
            && vocabulary.ValueKind == JsonValueKind.Object && model.TryGetProperty("merges", out JsonElement merges) && merges.ValueKind == JsonValueKind.Array;
        if (!whole || (model.TryGetProperty("type", out JsonElement type) && type.ToString() != "BPE"))
        {
            throw new HkaFerException($"{where}: expected a model of type BPE with vocab and merges (is this another kind of tokenizer?)");
        }

        BytePairs pairs = Make(model.GetProperty("vocab"), where, "");
        int rank = 0;
        foreach (JsonElement merge in model.GetProperty("merges").EnumerateArray())
        {
            string[] parts = merge.ValueKind switch
            {
                JsonValueKind.String => merge.GetString()!.Split(' '),
                JsonValueKind.Array => [.. merge.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.String ? part.GetString()! : "")],
                _ => [],
            };
            if (!pairs.AddMerge(parts, rank++))
            {
                throw new HkaFerException($"{where}: merge {rank} is {Cut(merge.GetRawText())}; expected two tokens, each and both joined in the vocabulary, and no pair twice");
            }
        }

        return pairs;
    }

    /// <summary>The id of a token as the vocabulary writes it, or null.</summary>
    public int? Find(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>The bytes that a token stands for, or null where there is none of this id. What is no letter of the byte alphabet stands for its UTF-8.</summary>
    /// <param name="id">The id.</param>
    public byte[]? BytesOf(int id) => _tokens.Value.TryGetValue(id, out string? token) ? ByteAlphabet.Bytes(token) : null;

    /// <summary>Appends a word's tokens.</summary>
    /// <param name="word">Any text; halves of surrogate pairs are U+FFFD.</param>
    /// <param name="into">Receives the ids.</param>
    public void Encode(ReadOnlySpan<char> word, ICollection<int> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        int count = Encoding.UTF8.GetBytes(word, bytes);
        if (count == 0)
        {
            return;
        }

        // Symbols in a linked list and candidates in a queue: the time of a word is n log n in its length, whoever wrote it.
        var symbols = new int[count];
        int[] next = new int[count], previous = new int[count];
        for (int i = 0; i < count; i++)
        {
            (symbols[i], next[i], previous[i]) = (i == count - 1 ? _lastBytes[bytes[i]] : _bytes[bytes[i]], i + 1, i - 1);
        }

        var queue = new PriorityQueue<(int At, int Left, int Right, int Joined), (int Rank, int At)>();
        void Offer(int left)
        {
            if (left >= 0 && next[left] < count && _merges.TryGetValue((symbols[left], symbols[next[left]]), out (int Rank, int Joined) merge))
            {
                queue.Enqueue((left, symbols[left], symbols[next[left]], merge.Joined), (merge.Rank, left));
            }
        }

        for (int i = 0; i < count - 1; i++)
        {
            Offer(i);
        }

        while (queue.TryDequeue(out (int At, int Left, int Right, int Joined) pair, out _))
        {
            int right = symbols[pair.At] < 0 ? count : next[pair.At];

            // One of the two may have been joined with another meanwhile.
            if (right == count || symbols[pair.At] != pair.Left || symbols[right] != pair.Right)
            {
                continue;
            }

            (symbols[pair.At], symbols[right], next[pair.At]) = (pair.Joined, -1, next[right]);
            if (next[right] < count)
            {
                previous[next[right]] = pair.At;
            }

            Offer(previous[pair.At]);
            Offer(pair.At);
        }

        for (int i = 0; i < count; i = next[i])
        {
            into.Add(symbols[i]);
        }
    }

    private static BytePairs Make(JsonElement vocabulary, string path, string endOfWord)
    {
        var pairs = new BytePairs(ReadVocabulary(vocabulary, path));
        for (int i = 0; i < 256; i++)
        {
            string symbol = ByteAlphabet.Characters[i].ToString();
            pairs._bytes[i] = pairs.Require(symbol, path);
            pairs._lastBytes[i] = pairs.Require(symbol + endOfWord, path);
        }

        return pairs;
    }

    private static Dictionary<string, int> ReadVocabulary(JsonElement vocabulary, string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var used = new HashSet<int>();
        foreach (JsonProperty entry in vocabulary.EnumerateObject())
        {
            bool fits = entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int id) && id >= 0 && used.Add(id)
                && ids.TryAdd(entry.Name, id);
            if (!fits)
            {
                throw new HkaFerException(
                    $"{path}: token \"{Cut(entry.Name)}\" has the id {Cut(entry.Value.GetRawText())}; expected an integer from 0, each token and each id once");
            }
        }

        return ids;
    }

    private int Require(string token, string path) => Find(token) ?? throw new HkaFerException(
        $"{path}: token \"{token}\" is missing; a byte-level vocabulary has one for each byte (is this another kind of tokenizer?)");

    private void ReadMerges(string path)
    {
        int line = 0;
        foreach (string text in ReadLines(path))
        {
            line++;
            if (text.Length == 0 || (line == 1 && text.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            if (!AddMerge(text.Split(' '), line))
            {
                throw new HkaFerException(
                    $"{path}: line {line} is \"{Cut(text)}\"; expected two tokens with a space between them, each and both joined in vocab.json, and no pair twice");
            }
        }
    }

    private bool AddMerge(string[] parts, int rank) => parts is [{ Length: > 0 } left, { Length: > 0 } right]
        && _ids.TryGetValue(left, out int leftId) && _ids.TryGetValue(right, out int rightId) && _ids.TryGetValue(left + right, out int joined)
        && _merges.TryAdd((leftId, rightId), (rank, joined));

    private static string[] ReadLines(string path)
    {
        try
        {
            using Stream stream = InputFile.OpenRead(path);
            if (stream.Length > MaxFile)
            {
                throw new HkaFerException($"{path}: {stream.Length:N0} bytes are too many for a list of merges (limit {MaxFile:N0})");
            }

            using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));

            // Only line feeds end lines: other separators of Unicode are characters that tokens may hold.
            return [.. reader.ReadToEnd().Split('\n').Select(text => text.TrimEnd('\r'))];
        }
        catch (DecoderFallbackException e)
        {
            throw new HkaFerException($"{path}: is not UTF-8 text", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{path}: cannot be read ({e.Message}); a tokenizer's folder holds vocab.json and merges.txt", e);
        }
    }

    private static string Cut(string text) => text.Length > 80 ? text[..80] + ".." : text;
}
