using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class ClipTokenizerTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("clip-tokenizer");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Texts_become_the_published_tokenizers_ids(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        string folder = Fixtures.RequireData(Path.GetRelativePath("data", dump.Config.GetProperty("vocabulary").GetString()!));
        ClipTokenizer tokenizer = ClipTokenizer.Load(folder);
        foreach (JsonElement text in dump.Expect.EnumerateArray())
        {
            string given = text.GetProperty("text").GetString()!;
            int[] padded = Ids(text, "padded");
            Assert.Equal(Shown(given, Ids(text, "ids")), Shown(given, tokenizer.Encode(given)));
            Assert.Equal(Shown(given, padded), Shown(given, tokenizer.Encode(given, padded.Length)));
        }
    }

    [Fact]
    public void Word_of_any_length_takes_time_in_proportion()
    {
        using var scratch = new Scratch();
        ClipTokenizer tokenizer = TinyClip.Tokenizer(scratch);
        Assert.Equal(200_000 + 2, tokenizer.Encode(new string('z', 200_000)).Length);
        Assert.Equal(100_000 + 3, tokenizer.Encode(new string('l', 200_001)).Length);
    }

    [Fact]
    public void Merges_act_in_their_order_and_the_end_of_a_word_is_a_token_of_its_own()
    {
        using var scratch = new Scratch();
        ClipTokenizer tokenizer = TinyClip.Tokenizer(scratch);
        Assert.Equal(["<|startoftext|>", "f", "a", "ll</w>", "<|endoftext|>"], TinyClip.Tokens(scratch, tokenizer.Encode("FALL")));
        Assert.Equal(["<|startoftext|>", "ll", "ll</w>", "x</w>", "<|endoftext|>"], TinyClip.Tokens(scratch, tokenizer.Encode(" llll  x")));
    }

    [Fact]
    public void Long_text_is_cut_and_ends_with_the_end_token()
    {
        using var scratch = new Scratch();
        ClipTokenizer tokenizer = TinyClip.Tokenizer(scratch);
        int[] ids = tokenizer.Encode("a b c d e f", 4);
        Assert.Equal([tokenizer.Start, .. tokenizer.Encode("a b")[1..3], tokenizer.End], ids);
        Assert.Equal([.. tokenizer.Encode("a"), tokenizer.End, tokenizer.End], tokenizer.Encode("a", 5));
    }

    [Theory]
    [InlineData("vocab.json", "{\"a\":0}", "token \"\u0100\" is missing")]
    [InlineData("vocab.json", "[]", "expected a JSON object")]
    [InlineData("merges.txt", "#version: 0.2\nl l\nl\n", "line 3 is \"l\"")]
    [InlineData("merges.txt", "l q\n", "line 1 is \"l q\"")]
    [InlineData("merges.txt", "l l\nl l\n", "line 2 is \"l l\"")]
    [InlineData("merges.txt", "\u00ff\0 \0", "line 1 is")]
    public void Damaged_file_is_named_with_its_place(string file, string content, string expected)
    {
        using var scratch = new Scratch();
        TinyClip.Tokenizer(scratch);
        string path = scratch.Write(file, content);
        string message = Assert.Throws<HkaFerException>(() => ClipTokenizer.Load(scratch.Folder)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message);
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    public void Missing_file_is_named_with_a_remedy(string file)
    {
        using var scratch = new Scratch();
        TinyClip.Tokenizer(scratch);
        File.Delete(scratch[file]);
        Assert.Contains($"has no {file}, which CLIP's texts are tokenized with; put", Assert.Throws<HkaFerException>(() => ClipTokenizer.Load(scratch.Folder)).Message);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("\"x\"")]
    [InlineData("3.5")]
    [InlineData("0")]
    public void Impossible_id_is_named(string id)
    {
        using var scratch = new Scratch();
        TinyClip.Tokenizer(scratch);
        var vocabulary = JsonNode.Parse(File.ReadAllText(scratch["vocab.json"]))!.AsObject();
        vocabulary["new"] = JsonNode.Parse(id);
        scratch.Write("vocab.json", vocabulary.ToJsonString());
        Assert.Contains("token \"new\" has the id " + id, Assert.Throws<HkaFerException>(() => ClipTokenizer.Load(scratch.Folder)).Message);
    }

    private static string Shown(string text, int[] ids) => $"{text}: {string.Join(' ', ids)}";

    private static int[] Ids(JsonElement text, string key) => [.. text.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];
}
