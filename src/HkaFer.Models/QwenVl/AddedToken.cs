using System.Text.Json;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>A token that is found in the text as it stands, before anything else is done to it.</summary>
/// <param name="Text">What is looked for.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">Whether it steers the model and is no part of an answer.</param>
internal sealed record AddedToken(string Text, int Id, bool Special)
{
    /// <summary>Published tokenizers have 22.</summary>
    private const int Most = 4096, Longest = 256;

    /// <summary>Reads them from a hub folder: from <c>tokenizer_config.json</c>, else from <c>tokenizer.json</c>.</summary>
    /// <exception cref="HkaFerException">Neither has them, or an entry is impossible.</exception>
    internal static IReadOnlyList<AddedToken> Read(string folder)
    {
        string config = Path.Combine(folder, "tokenizer_config.json"), whole = Path.Combine(folder, "tokenizer.json");
        var tokens = new List<AddedToken>();
        string from = config;
        if (File.Exists(config) && CheckpointFolder.ReadJson(config).TryGetProperty("added_tokens_decoder", out JsonElement decoder) && decoder.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty entry in decoder.EnumerateObject())
            {
                tokens.Add(Parse(entry.Value, int.TryParse(entry.Name, out int id) ? id : -1, $"{config}: added token {Cut(entry.Name)}"));
            }
        }
        else if (File.Exists(whole) && CheckpointFolder.ReadJson(whole).TryGetProperty("added_tokens", out JsonElement list) && list.ValueKind == JsonValueKind.Array)
        {
            from = whole;
            foreach (JsonElement entry in list.EnumerateArray())
            {
                int id = entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("id", out JsonElement number) && number.ValueKind == JsonValueKind.Number
                    && number.TryGetInt32(out int value) ? value : -1;
                tokens.Add(Parse(entry, id, $"{whole}: added token {tokens.Count}"));
            }
        }
        else
        {
            throw new HkaFerException($"{folder}: the tokenizer's special tokens are missing; expected tokenizer_config.json with added_tokens_decoder, or tokenizer.json with added_tokens");
        }

        return tokens.Count <= Most && tokens.DistinctBy(t => t.Id).Count() == tokens.Count && tokens.DistinctBy(t => t.Text).Count() == tokens.Count
            ? tokens
            : throw new HkaFerException($"{from}: {tokens.Count} added tokens; expected at most {Most}, each text and each id once");
    }

    private static AddedToken Parse(JsonElement entry, int id, string where)
    {
        bool fits = id >= 0 && entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("content", out JsonElement content)
            && content.ValueKind == JsonValueKind.String && content.GetString() is { Length: > 0 and <= Longest };
        if (!fits)
        {
            throw new HkaFerException($"{where} is {Cut(entry.GetRawText())}; expected an id from 0 and a content of 1 to {Longest} characters");
        }

        // What takes spaces with it, or stands only between spaces, is found in another way: no tokenizer of this family has it.
        if (((string[])["lstrip", "rstrip", "single_word"]).FirstOrDefault(Flag) is { } flag)
        {
            throw new HkaFerException($"{where} has {flag} set, which is not supported; expected a token of a Qwen tokenizer");
        }

        return new AddedToken(entry.GetProperty("content").GetString()!, id, Flag("special"));

        bool Flag(string key) => entry.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;
    }

    private static string Cut(string text) => text.Length > 80 ? text[..80] + ".." : text;
}
