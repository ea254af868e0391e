namespace HkaFer.Training;

/// <summary>Two methods on the same pictures, run against run: McNemar's exact test.</summary>
/// <param name="Column">The table's column.</param>
/// <param name="First">The row that the others are compared with.</param>
/// <param name="Second">The other row.</param>
/// <param name="Seed">The seed of both runs, from 1.</param>
/// <param name="OnlyFirstRight">Pictures on which the first alone is right.</param>
/// <param name="OnlySecondRight">Pictures on which the second alone is right.</param>
public sealed record ExperimentComparison(string Column, string First, string Second, int Seed, long OnlyFirstRight, long OnlySecondRight)
{
    /// <summary>Two-sided probability of a difference at least so large between equally good methods.</summary>
    public double P => McNemar.Exact(OnlyFirstRight, OnlySecondRight);
}
