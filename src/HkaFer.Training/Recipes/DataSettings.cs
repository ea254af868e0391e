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
