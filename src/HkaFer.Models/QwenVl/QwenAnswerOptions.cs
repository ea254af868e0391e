namespace HkaFer.Models;

/// <summary>How an answer is written: always the likeliest token next.</summary>
public sealed record QwenAnswerOptions
{
    /// <summary>Most tokens of the answer.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Tokens that end the answer and are no part of it; the model's own where not given.</summary>
    public IReadOnlyList<int>? StopTokens { get; init; }
}
