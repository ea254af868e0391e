using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class QwenTokenizerTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("qwen-tokenizer");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Texts_become_the_published_tokenizers_ids_and_come_back(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        QwenTokenizer tokenizer = QwenTokenizer.Load(Fixtures.RequireData(Path.GetRelativePath("data", dump.Config.GetProperty("vocabulary").GetString()!)));
        foreach (JsonElement text in dump.Expect.EnumerateArray())
        {
            string given = text.GetProperty("text").GetString()!;
            int[] ids = [.. text.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal($"{given}: {string.Join(' ', ids)}", $"{given}: {string.Join(' ', tokenizer.Encode(given))}");
            Assert.Equal(text.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
        }
    }

    [Theory]
    [InlineData("a'S b", "a", "'S", " b")]
    [InlineData("'\u017Fx", "'\u017F", "x")]
    [InlineData("  x", " ", " x")]
    [InlineData("x  \n \n  y", "x", "  \n \n", " ", " y")]
    [InlineData("\n\n", "\n\n")]
    [InlineData("a  ", "a", "  ")]
    [InlineData("\tword", "\tword")]
    [InlineData("\rword", "\r", "word")]
    [InlineData(" !?\n\nx", " !?\n\n", "x")]
    [InlineData("12", "1", "2")]
    [InlineData(" 1", " ", "1")]
    [InlineData("\U00010400\U0001F600\U0001F600 \U00010400", "\U00010400", "\U0001F600\U0001F600", " \U00010400")]
    public void Text_is_cut_into_words(string text, params string[] words) =>
        Assert.Equal(words, QwenTokenizer.WordsOf(text).Select(word => text[word]));

    [Fact]
    public void Accent_of_its_own_is_composed_and_special_tokens_are_found_first()
    {
        using var scratch = new Scratch();
        QwenTokenizer tokenizer = TinyQwen.Tokenizer(scratch);
        Assert.Equal(tokenizer.Encode("\u0229\u0301"), tokenizer.Encode("e\u0301\u0327"));
        Assert.Equal([tokenizer.MessageStart, .. tokenizer.Encode("x"), .. tokenizer.Encode("<|im_start")], tokenizer.Encode("<|im_start|>x<|im_start"));
    }

    [Fact]
    public void Merge_across_two_words_is_not_made()
    {
        using var scratch = new Scratch();
        QwenTokenizer tokenizer = TinyQwen.Tokenizer(scratch);
        Assert.Equal([tokenizer.Find("ab")!.Value], tokenizer.Encode("ab"));
        Assert.Equal([tokenizer.Find("a")!.Value, tokenizer.Find("1")!.Value], tokenizer.Encode("a1"));
        Assert.NotNull(tokenizer.Find("a1"));
    }

    [Fact]
    public void Vocabulary_in_one_file_gives_the_same_ids()
    {
        using var scratch = new Scratch();
        QwenTokenizer parts = TinyQwen.Tokenizer(scratch);
        TinyQwen.WriteWhole(scratch, "whole", pairs: true);
        TinyQwen.WriteWhole(scratch, "text", pairs: false);
        const string text = "<|im_start|>user\nab abab 12<|image_pad|>";
        Assert.Equal(parts.Encode(text), QwenTokenizer.Load(scratch["whole"]).Encode(text));
        Assert.Equal(parts.Encode(text), QwenTokenizer.Load(scratch["text"]).Encode(text));
    }

    [Fact]
    public void Answer_is_decoded_without_what_steers_the_model()
    {
        using var scratch = new Scratch();
        QwenTokenizer tokenizer = TinyQwen.Tokenizer(scratch);
        int[] ids = [.. tokenizer.Encode("happy"), tokenizer.MessageEnd, 1 << 20];
        Assert.Equal("happy<|im_end|>", tokenizer.Decode(ids));
        Assert.Equal("happy", tokenizer.Decode(ids, skipSpecial: true));
    }

    [Theory]
    [InlineData("vocab.json", null, "has no tokenizer")]
    [InlineData("merges.txt", null, "merges.txt: cannot be read")]
    [InlineData("tokenizer_config.json", null, "special tokens are missing")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"300\":{\"content\":\"\"}}}", "added token 300 is")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"x\":{\"content\":\"<a>\"}}}", "added token x is")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"1\":{\"content\":\"<a>\"},\"2\":{\"content\":\"<a>\"}}}", "each text and each id once")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"1\":{\"content\":\"<a>\",\"lstrip\":true}}}", "lstrip")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{}}", "has no token \"<|im_start|>\"")]
    public void Missing_or_damaged_file_is_named(string file, string? content, string expected)
    {
        using var scratch = new Scratch();
        TinyQwen.Tokenizer(scratch);
        File.Delete(scratch[file]);
        if (content is not null) { scratch.Write(file, content); }
        string message = Assert.Throws<HkaFerException>(() => QwenTokenizer.Load(scratch.Folder)).Message;
        Assert.StartsWith(scratch.Folder, message, StringComparison.Ordinal);
        Assert.Contains(expected, message);
    }

    [Theory]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"vocab\":{},\"merges\":[]}}", "type BPE")]
    [InlineData("{\"model\":[]}", "type BPE")]
    [InlineData("{}", "type BPE")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}", "token \"\u0100\" is missing")]
    public void Damaged_vocabulary_in_one_file_is_named(string content, string expected)
    {
        using var scratch = new Scratch();
        string path = scratch.Write("tokenizer.json", content);
        string message = Assert.Throws<HkaFerException>(() => QwenTokenizer.Load(scratch.Folder)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message);
    }
}
