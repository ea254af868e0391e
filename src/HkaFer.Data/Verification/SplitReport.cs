namespace HkaFer.Data;

/// <summary>What a split holds.</summary>
/// <param name="Count">Pictures.</param>
/// <param name="Classes">Pictures of each class, in label order.</param>
public sealed record SplitReport(int Count, IReadOnlyDictionary<string, int> Classes)
{
    /// <summary>How many pictures the literature counts, where the data set is a published one.</summary>
    public int? Published { get; init; }

    /// <summary>How many pictures of each class the literature counts, where it says.</summary>
    public IReadOnlyDictionary<string, int>? PublishedClasses { get; init; }

    /// <summary>The class with the most pictures, the first of them where several have as many.</summary>
    public string? Largest => Classes.Count == 0 ? null : Classes.MaxBy(c => c.Value).Key;

    /// <summary>The class with the fewest pictures.</summary>
    public string? Smallest => Classes.Count == 0 ? null : Classes.MinBy(c => c.Value).Key;

    /// <summary>Pictures of the largest class for each one of the smallest; null where that has none.</summary>
    public double? Ratio => Smallest is { } smallest && Classes[smallest] > 0 ? (double)Classes[Largest!] / Classes[smallest] : null;

    /// <summary>The part of the pictures that a class has, 0 to 1.</summary>
    public double Share(string name) => Count == 0 ? 0 : (double)Classes[name] / Count;
}
