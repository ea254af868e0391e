namespace HkaFer.Models;

/// <summary>A piece of a message: text, or the place of an image.</summary>
/// <param name="Text">The text; null for an image.</param>
public readonly record struct ChatPart(string? Text)
{
    /// <summary>The place of an image; images take their places in order.</summary>
    public static ChatPart Image => default;

    /// <summary>Whether an image stands here.</summary>
    public bool IsImage => Text is null;

    /// <summary>A piece of text.</summary>
    public static implicit operator ChatPart(string text) => new(text);
}
