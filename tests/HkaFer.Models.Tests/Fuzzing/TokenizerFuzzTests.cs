using HkaFer.Testing;

namespace HkaFer.Models.Tests.Fuzzing;

/// <summary>Damaged vocabularies and merges of a tokenizer.</summary>
[Trait("Category", Fuzz.Category)]
public sealed class TokenizerFuzzTests : IDisposable
{
    /// <summary>A document's table of twelve bytes a token, a dictionary of the vocabulary, and the text of an error.</summary>
    private const long Limit = 512 << 10;

    private readonly Scratch _scratch = Fuzz.Scratch();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    public void Damaged_file_gives_a_tokenizer_or_a_named_error(string file)
    {
        TinyClip.Tokenizer(_scratch);
        Fuzz.Run(Limit, [File.ReadAllBytes(_scratch[file])], file == "vocab.json" ? Mutator.Json : Mutator.Lines, bytes =>
        {
            _scratch.Write(file, bytes);
            ClipTokenizer.Load(_scratch.Folder).Encode("a photo of a face, 1 ä");
        });
        _scratch.AllClosed();
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    [InlineData("tokenizer_config.json")]
    public void Damaged_file_of_qwen_gives_a_tokenizer_or_a_named_error(string file)
    {
        TinyQwen.Tokenizer(_scratch);
        Fuzz.Run(Limit, [File.ReadAllBytes(_scratch[file])], file == "merges.txt" ? Mutator.Lines : Mutator.Json, bytes =>
        {
            _scratch.Write(file, bytes);
            EncodeAndDecode(QwenTokenizer.Load(_scratch.Folder));
        });
        _scratch.AllClosed();
    }

    [Fact]
    public void Damaged_file_that_holds_a_whole_tokenizer_gives_one_or_a_named_error()
    {
        TinyQwen.WriteWhole(_scratch, "", pairs: true);
        byte[] sound = File.ReadAllBytes(_scratch["tokenizer.json"]);
        Fuzz.Run(Limit, [sound], Mutator.Json, bytes =>
        {
            _scratch.Write("tokenizer.json", bytes);
            EncodeAndDecode(QwenTokenizer.Load(_scratch.Folder));
        });
        _scratch.AllClosed();
    }

    private static void EncodeAndDecode(QwenTokenizer tokenizer) => tokenizer.Decode(tokenizer.Encode("<|im_start|>user\nab a face, 12 ä"));
}
