namespace HkaFer.Data;

/// <summary>A data set before training: what it holds, everything that is wrong with it, and what is doubtful.</summary>
/// <param name="Kind">What reads it.</param>
/// <param name="Splits">What each split holds, by its name.</param>
/// <param name="Problems">Everything that training would stumble over, in the order of the data set; empty if all is well.</param>
public sealed record DatasetReport(string Kind, IReadOnlyDictionary<string, SplitReport> Splits, IReadOnlyList<DatasetProblem> Problems)
{
    /// <summary>
    /// Bits in which the hashes of near duplicates may differ, of 64. Chosen on FERPlus by looking at pairs: at 4 bits 48 of 48 showed the same
    /// photograph, at 5 bits 46, at 6 bits 43, at 8 bits 19.
    /// </summary>
    public const int DefaultNearDistance = 4;

    /// <summary>Largest distance that can be asked for.</summary>
    public const int MaxNearDistance = NearHashes.MaxDistance;

    /// <summary>Sizes of the pictures that could be read; null if there are none.</summary>
    public SizeReport? Sizes { get; init; }

    /// <summary>Pictures whose decoded pixels are the same, by SHA-256: another file format or other metadata do not hide them.</summary>
    public IReadOnlyList<DuplicateGroup> Exact { get; init; } = [];

    /// <summary>Pictures that look the same and are not: each is within <see cref="NearDistance"/> bits of another of its group.</summary>
    public IReadOnlyList<DuplicateGroup> Near { get; init; } = [];

    /// <summary>The distance that was asked for.</summary>
    public int NearDistance { get; init; } = DefaultNearDistance;

    /// <summary>What the readers say about the lists; see <see cref="ImageDataset.Notes"/>.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Labels that may be wrong, the most doubtful of each reason first.</summary>
    public IReadOnlyList<LabelDoubt> Doubts { get; init; } = [];

    /// <summary>Reads every list and decodes every picture of a data set. Besides the lists, 24 bytes a picture are kept.</summary>
    /// <param name="source">Which data set.</param>
    /// <param name="nearDistance">Bits in which the hashes of near duplicates may differ, 0 to <see cref="MaxNearDistance"/>.</param>
    /// <param name="progress">Told how many pictures of how many are done; from several threads.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="HkaFerException">Nothing is there that the kind can read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static DatasetReport Verify(
        DataSource source, int nearDistance = DefaultNearDistance, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(nearDistance);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nearDistance, MaxNearDistance);
        return new DatasetVerifier(source, nearDistance, cancel).Run(progress);
    }
}
