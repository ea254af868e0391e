using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>What a stage learns from and is scored on.</summary>
public sealed record AnswerData
{
    /// <summary>The training data: one source or several, each <c>KIND:PATH[?key=value&amp;...]</c>. Its classes are those of all.</summary>
    public IReadOnlyList<string> Train { get; init; } = [];

    /// <summary>For selection: a split of the first source (<c>valid</c>) or another source; the sources' own validation splits, if any, where not given.</summary>
    public string? Valid { get; init; }

    /// <summary>For the report: likewise with <c>test</c>.</summary>
    public string? Test { get; init; }

    /// <summary>Which training pictures an epoch is made of.</summary>
    public Sampling Sampling { get; init; } = Sampling.Shuffle;

    /// <summary>MiB of decoded pictures that stay in memory. Changes speed and memory only.</summary>
    public int CacheMb { get; init; } = 512;

    /// <summary>Opens all splits.</summary>
    /// <exception cref="HkaFerException">A source is missing or wrong.</exception>
    internal RunData Open()
    {
        RunData[] parts = [.. Train.Select((source, i) => RunData.Open(new DataSettings { Train = source, Valid = i == 0 ? Valid : null, Test = i == 0 ? Test : null }))];
        return new RunData(Join(parts.Select(p => p.Train))!, Others(Valid, p => p.Valid), Others(Test, p => p.Test)).Cached(new DataSettings { CacheMb = CacheMb });

        // What is named stands for the own splits of all sources.
        ImageDataset? Others(string? named, Func<RunData, ImageDataset?> split) => Join(parts.Take(named is null ? parts.Length : 1).Select(split));
    }

    private static ImageDataset? Join(IEnumerable<ImageDataset?> parts) => parts.OfType<ImageDataset>().ToArray() switch
    {
        [] => null,
        [var one] => one,
        var several => new JoinedDataset(several),
    };
}
