using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class QwenVocabularyTests
{
    [Fact]
    public void Commonest_pairs_become_tokens_and_nothing_is_lost()
    {
        using var scratch = new Scratch();
        QwenTokenizer tokenizer = QwenVocabulary.Write(scratch.Folder, Enumerable.Repeat("brows: high; mouth: über", 9), 300);
        string text = "brows: high; 顔 x\n<|im_end|>";
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Single(tokenizer.Encode(" mouth"));
        Assert.Equal(3, tokenizer.Encode("zzz").Length);
        Assert.True(tokenizer.Find("<|video_pad|>") < 300);
        byte[] merges = File.ReadAllBytes(scratch["merges.txt"]);
        QwenVocabulary.Write(scratch.Folder, Enumerable.Repeat("brows: high; mouth: über", 9), 300);
        Assert.Equal(merges, File.ReadAllBytes(scratch["merges.txt"]));
    }

    [Fact]
    public void Vocabulary_without_room_for_bytes_is_refused()
    {
        using var scratch = new Scratch();
        Assert.Contains("expected at least 263", Assert.Throws<HkaFerException>(() => QwenVocabulary.Write(scratch.Folder, [], 262)).Message);
        Assert.Equal(262, QwenVocabulary.Write(scratch.Folder, [], 263).Find("<|video_pad|>"));
    }
}
