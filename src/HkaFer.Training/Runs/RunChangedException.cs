namespace HkaFer.Training;

/// <summary>A run cannot go on to the same bits, for something that decides them has changed.</summary>
/// <param name="difference">What, and how the run could go on.</param>
/// <param name="otherwise">What else can be done.</param>
internal sealed class RunChangedException(string difference, string otherwise) : HkaFerException($"{difference}, or {otherwise}")
{
    /// <summary>What has changed, and how the run could go on.</summary>
    internal string Difference { get; } = difference;
}
