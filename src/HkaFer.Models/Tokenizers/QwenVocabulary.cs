using System.Text;
using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Makes a small tokenizer of the Qwen2-VL kind from texts, for models that are trained from nothing: bytes, the commonest pairs, the special tokens.</summary>
public static class QwenVocabulary
{
    private static readonly string[] s_special =
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"];

    /// <summary>Writes <c>vocab.json</c>, <c>merges.txt</c> and <c>tokenizer_config.json</c>, and reads them.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="texts">What is to be short: pairs are counted in these.</param>
    /// <param name="entries">Most entries, the 256 bytes and 7 special tokens included.</param>
    /// <exception cref="HkaFerException">There is no room for bytes and special tokens, or a file cannot be written.</exception>
    public static QwenTokenizer Write(string folder, IEnumerable<string> texts, int entries)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (entries < 256 + s_special.Length)
        {
            throw new HkaFerException($"vocabulary: {entries} entries; expected at least {256 + s_special.Length}, the bytes and the special tokens");
        }

        List<(string Left, string Right)> merges = Merges(texts, entries - 256 - s_special.Length);
        string[] tokens = [.. ByteAlphabet.Characters.Select(c => c.ToString()), .. merges.Select(m => m.Left + m.Right)];
        AtomicFile.WriteText(Path.Combine(folder, "vocab.json"), new JsonObject(tokens.Index().Select(t => KeyValuePair.Create(t.Item, (JsonNode?)t.Index))).ToJsonString() + "\n");
        AtomicFile.WriteText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n" + string.Concat(merges.Select(m => $"{m.Left} {m.Right}\n")));
        var added = new JsonObject(s_special.Index().Select(t => KeyValuePair.Create($"{tokens.Length + t.Index}", (JsonNode?)new JsonObject
        {
            ["content"] = t.Item,
            ["lstrip"] = false,
            ["normalized"] = false,
            ["rstrip"] = false,
            ["single_word"] = false,
            ["special"] = true,
        })));
        AtomicFile.WriteText(Path.Combine(folder, "tokenizer_config.json"), new JsonObject
        {
            ["tokenizer_class"] = "Qwen2Tokenizer",
            ["eos_token"] = "<|im_end|>",
            ["pad_token"] = "<|endoftext|>",
            ["added_tokens_decoder"] = added,
        }.ToJsonString() + "\n");
        return QwenTokenizer.Load(folder);
    }

    /// <summary>The pair that occurs most in all words is joined, again and again; of equals the first by its letters, so that equal texts give equal files.</summary>
    private static List<(string Left, string Right)> Merges(IEnumerable<string> texts, int most)
    {
        var words = new Dictionary<string, (List<string> Parts, int Count)>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            foreach (Range range in QwenTokenizer.WordsOf(text))
            {
                string word = string.Concat(Encoding.UTF8.GetBytes(text[range]).Select(b => ByteAlphabet.Characters[b]));
                words[word] = words.TryGetValue(word, out var known) ? (known.Parts, known.Count + 1) : ([.. word.Select(c => c.ToString())], 1);
            }
        }

        var merges = new List<(string, string)>();
        var made = new HashSet<string>(StringComparer.Ordinal);
        while (merges.Count < most)
        {
            var counts = new Dictionary<(string Left, string Right), int>();
            foreach ((List<string> parts, int count) in words.Values)
            {
                for (int i = 1; i < parts.Count; i++)
                {
                    counts[(parts[i - 1], parts[i])] = counts.GetValueOrDefault((parts[i - 1], parts[i])) + count;
                }
            }

            // A token is made in one way only.
            var best = counts.Where(c => c.Value > 1 && !made.Contains(c.Key.Left + c.Key.Right)).OrderByDescending(c => c.Value)
                .ThenBy(c => c.Key.Left, StringComparer.Ordinal).ThenBy(c => c.Key.Right, StringComparer.Ordinal).Select(c => ((string, string)?)c.Key).FirstOrDefault();
            if (best is not var (left, right))
            {
                break;
            }

            merges.Add((left, right));
            made.Add(left + right);
            foreach ((List<string> parts, _) in words.Values)
            {
                for (int i = 1; i < parts.Count; i++)
                {
                    if (parts[i - 1] == left && parts[i] == right)
                    {
                        parts[i - 1] = left + right;
                        parts.RemoveAt(i);
                    }
                }
            }
        }

        return merges;
    }
}
