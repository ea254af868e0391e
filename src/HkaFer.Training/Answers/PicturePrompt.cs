using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>A question about one picture, in tokens: the text is the same for every picture, only the number of its visual tokens differs.</summary>
internal sealed class PicturePrompt
{
    private readonly int[] _before, _after;
    private readonly int _pad;

    internal PicturePrompt(QwenTokenizer tokenizer, string text)
    {
        int[] whole = QwenChat.Encode(tokenizer, [new ChatMessage("user", ChatPart.Image, text)], 1);
        _pad = tokenizer.ImagePad;
        int place = Array.IndexOf(whole, _pad);
        (_before, _after) = (whole[..place], whole[(place + 1)..]);
    }

    /// <summary>Tokens of the text alone.</summary>
    internal int Length => _before.Length + _after.Length;

    /// <summary>The whole, with room for the visual tokens.</summary>
    internal int[] Tokens(int visual) => [.. _before, .. Enumerable.Repeat(_pad, visual), .. _after];
}
