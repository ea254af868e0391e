namespace HkaFer.Data;

/// <summary>Sizes of pictures, upright, in pixels.</summary>
/// <param name="Width">Smallest, median and largest width.</param>
/// <param name="Height">Smallest, median and largest height.</param>
/// <param name="Common">The commonest sizes, the commonest first; at most ten.</param>
/// <param name="Distinct">How many different sizes there are.</param>
public sealed record SizeReport(
    SizeReport.Spread Width, SizeReport.Spread Height, IReadOnlyList<(int Width, int Height, int Count)> Common, int Distinct)
{
    private const int MostCommon = 10;

    /// <summary>Smallest, median and largest of a length.</summary>
    public readonly record struct Spread(int Min, int Median, int Max);

    /// <summary>The report of a histogram, or null where it is empty.</summary>
    internal static SizeReport? Of(IReadOnlyCollection<KeyValuePair<(int Width, int Height), int>> histogram)
    {
        if (histogram.Count == 0) return null;
        var common = histogram.OrderByDescending(h => h.Value).ThenBy(h => h.Key).Take(MostCommon).Select(h => (h.Key.Width, h.Key.Height, h.Value));
        return new SizeReport(
            Along(histogram.Select(h => (h.Key.Width, h.Value))), Along(histogram.Select(h => (h.Key.Height, h.Value))), [.. common], histogram.Count);
    }

    private static Spread Along(IEnumerable<(int Length, int Count)> histogram)
    {
        (int Length, int Count)[] sorted = [.. histogram.OrderBy(h => h.Length)];
        long half = (sorted.Sum(h => (long)h.Count) + 1) / 2;
        int median = 0;
        for (; half > sorted[median].Count; median++) half -= sorted[median].Count;
        return new Spread(sorted[0].Length, sorted[median].Length, sorted[^1].Length);
    }
}
