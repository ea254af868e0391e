namespace HkaFer.Data;

/// <summary>The names of the expressions, and the other names that data sets give them.</summary>
public static class Expressions
{
    private static readonly Dictionary<string, Expression> Known = new(StringComparer.OrdinalIgnoreCase);

    static Expressions()
    {
        Add(Expression.Neutral, "neutral", "neutrality", "normal");
        Add(Expression.Happiness, "happiness", "happy", "joy");
        Add(Expression.Surprise, "surprise", "surprised");
        Add(Expression.Sadness, "sadness", "sad");
        Add(Expression.Anger, "anger", "angry");
        Add(Expression.Disgust, "disgust", "disgusted");
        Add(Expression.Fear, "fear", "fearful", "afraid");
        Add(Expression.Contempt, "contempt", "contemptuous");
    }

    /// <summary>The eight names in label order, lower-case English: index them with an <see cref="Expression"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<Expression>().Select(e => e.ToString().ToLowerInvariant())];

    /// <summary>Reads a name or one of its usual variants (<c>Happy</c>, <c>angry</c>, <c>fearful</c>), in any case.</summary>
    public static bool TryParse(string name, out Expression expression) => Known.TryGetValue(name.Trim(), out expression);

    private static void Add(Expression expression, params ReadOnlySpan<string> names)
    {
        foreach (string name in names) Known.Add(name, expression);
    }
}
