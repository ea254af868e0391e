namespace HkaFer.Training;

/// <summary>A cell of a filled table. Numbers are in percent, as the paper's.</summary>
public sealed record ExperimentValue
{
    /// <summary>One a seed; null where that seed could not be had.</summary>
    public IReadOnlyList<double?> PerSeed { get; init; } = [];

    /// <summary>Mean over the seeds that there are.</summary>
    public double? Ours => Mean(PerSeed);

    /// <summary>Standard deviation over the seeds (of a sample: n - 1); null for fewer than two.</summary>
    public double? Deviation => DeviationOf(PerSeed);

    /// <summary>Mean over the seeds of the mean F1 over the classes that occur; null where a score has none.</summary>
    public double? MacroF1 { get; init; }

    /// <summary>The accuracy of the epoch that did best on the pictures that are reported, which flatters; null where a third split chose the epoch.</summary>
    public double? Best { get; init; }

    /// <summary>Pictures that were scored.</summary>
    public long? Count { get; init; }

    /// <summary>Trained weights, head included.</summary>
    public long? Trainable { get; init; }

    /// <summary>The paper's number; null where it gives none.</summary>
    public double? Paper { get; init; }

    /// <summary>Whether this program was to fill it.</summary>
    public bool IsOurs { get; init; }

    /// <summary>Why it, or some of its seeds, could not be had; null where all is there.</summary>
    public string? Reason { get; init; }

    internal static double? Mean(IReadOnlyList<double?> values)
    {
        double[] known = [.. values.OfType<double>()];
        return known.Length == 0 ? null : known.Average();
    }

    internal static double? DeviationOf(IReadOnlyList<double?> values)
    {
        double[] known = [.. values.OfType<double>()];
        if (known.Length < 2)
        {
            return null;
        }

        double mean = known.Average();
        return Math.Sqrt(known.Sum(v => (v - mean) * (v - mean)) / (known.Length - 1));
    }
}
