using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;

namespace HkaFer.Testing;

/// <summary>A small CLIP: its tokenizer knows the bytes and a few merges.</summary>
public static class TinyClip
{
    private static readonly (string, string)[] s_merges = [("l", "l"), ("l", "l</w>"), ("p", "h"), ("o", "t")];

    /// <summary>Writes <c>vocab.json</c> and <c>merges.txt</c> and reads them.</summary>
    public static ClipTokenizer Tokenizer(Scratch scratch, string folder = "")
    {
        string[] bytes = [.. ByteAlphabet.Characters.Select(c => c.ToString())];
        string[] tokens =
        [
            .. bytes, .. bytes.Select(b => b + "</w>"), .. s_merges.Select(m => m.Item1 + m.Item2), "<|startoftext|>", "<|endoftext|>",
        ];
        scratch.Write(Path.Combine(folder, "vocab.json"), new JsonObject(tokens.Index().Select(t => KeyValuePair.Create(t.Item, (JsonNode?)t.Index))).ToJsonString());
        scratch.Write(Path.Combine(folder, "merges.txt"), "#version: 0.2\n" + string.Concat(s_merges.Select(m => $"{m.Item1} {m.Item2}\n")));
        return ClipTokenizer.Load(scratch[folder]);
    }

    /// <summary>The tokens of ids.</summary>
    public static string[] Tokens(Scratch scratch, int[] ids)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(scratch["vocab.json"]));
        Dictionary<int, string> names = json.RootElement.EnumerateObject().ToDictionary(p => p.Value.GetInt32(), p => p.Name);
        return [.. ids.Select(id => names[id])];
    }
}
