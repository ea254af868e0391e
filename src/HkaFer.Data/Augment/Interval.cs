namespace HkaFer.Data;

/// <summary>The numbers from <paramref name="Low"/> to <paramref name="High"/>.</summary>
/// <param name="Low">The least.</param>
/// <param name="High">The greatest; not below <paramref name="Low"/>.</param>
public readonly record struct Interval(double Low, double High);
