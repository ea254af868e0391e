namespace HkaFer.Data;

/// <summary>Two basic expressions at once.</summary>
/// <param name="First">The one that the adverb names.</param>
/// <param name="Second">The other.</param>
/// <param name="Name">As RAF-DB calls it: <c>happily surprised</c>.</param>
public sealed record CompoundExpression(Expression First, Expression Second, string Name)
{
    /// <summary>The eleven of RAF-DB (Li and Deng 2019), in its order.</summary>
    public static IReadOnlyList<CompoundExpression> All { get; } =
    [
        new(Expression.Happiness, Expression.Surprise, "happily surprised"), new(Expression.Happiness, Expression.Disgust, "happily disgusted"),
        new(Expression.Sadness, Expression.Fear, "sadly fearful"), new(Expression.Sadness, Expression.Anger, "sadly angry"),
        new(Expression.Sadness, Expression.Surprise, "sadly surprised"), new(Expression.Sadness, Expression.Disgust, "sadly disgusted"),
        new(Expression.Fear, Expression.Anger, "fearfully angry"), new(Expression.Fear, Expression.Surprise, "fearfully surprised"),
        new(Expression.Anger, Expression.Surprise, "angrily surprised"), new(Expression.Anger, Expression.Disgust, "angrily disgusted"),
        new(Expression.Disgust, Expression.Surprise, "disgustedly surprised"),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(compound => compound.Name)];
}
