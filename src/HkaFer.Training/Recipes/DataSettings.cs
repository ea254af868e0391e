namespace HkaFer.Training;

/// <summary>What a run learns from and is scored on.</summary>
public sealed record DataSettings
{
    /// <summary>The training data alone: <c>recipe with { Data = "folder:faces?valid=0.2" }</c>.</summary>
    public static implicit operator DataSettings(string train) => new() { Train = train };

    /// <summary>
    /// <c>KIND:PATH[?key=value&amp;...]</c>, a folder or a <c>.csv</c> file: see <see cref="Data.DataSource"/>. Its training split is used.
    /// </summary>
    public string? Train { get; init; }

    /// <summary>For selection: a split of the training source (<c>valid</c>) or another source; its validation split, if any, where not given.</summary>
    public string? Valid { get; init; }

    /// <summary>For the report: a split of the training source (<c>test</c>) or another source; its test split, if any, where not given.</summary>
    public string? Test { get; init; }

    /// <summary>So many of the training pictures instead of all, drawn by <see cref="Seed"/>.</summary>
    public int? Pictures { get; init; }

    /// <summary>
    /// Share of the training pictures that is set aside, drawn by <see cref="Seed"/>, and scores epochs in the validation split's place, which is then left
    /// for the end: settings are chosen on it. 0 for none.
    /// </summary>
    public double HeldOut { get; init; }

    /// <summary>Of what <see cref="Pictures"/> and <see cref="HeldOut"/> draw; another than the run's, so that runs of several seeds learn from the same pictures.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>A file that lists pictures to leave out of all of these, one a line; see <see cref="Data.ExcludeList"/>.</summary>
    public string? Exclude { get; init; }

    /// <summary>Which training pictures an epoch is made of.</summary>
    public Sampling Sampling { get; init; } = Sampling.Shuffle;

    /// <summary>
    /// MiB of decoded pictures that stay in memory, of all splits together, so that later epochs decode nothing; pictures beyond it are decoded each time.
    /// Changes speed and memory only.
    /// </summary>
    public int CacheMb { get; init; } = 512;
}
