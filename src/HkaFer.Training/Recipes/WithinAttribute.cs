namespace HkaFer.Training;

/// <summary>The range of a recipe's number, checked when a recipe is read.</summary>
/// <param name="low">The least allowed.</param>
/// <param name="high">The greatest allowed.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WithinAttribute(double low, double high) : Attribute
{
    /// <summary>The least allowed.</summary>
    public double Low { get; } = low;

    /// <summary>The greatest allowed.</summary>
    public double High { get; } = high;

    /// <summary>Whether the least itself is not allowed.</summary>
    public bool Above { get; init; }

    /// <summary>Whether the greatest itself is not allowed.</summary>
    public bool Below { get; init; }
}
