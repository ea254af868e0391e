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
    /// <exception cref="HkaFerException">None is named, a source is missing or wrong, or a split of one has pictures that are trained with, or a class that none is trained with.</exception>
    internal RunData Open()
    {
        if (Train.Count == 0)
        {
            throw new HkaFerException("recipe: data.train of a stage is missing; expected KIND:PATH, a folder or a .csv file, or a list of them");
        }

        RunData[] parts =
            [.. Train.Select((source, i) => RunData.Open(new DataSettings { Train = source, Valid = i == 0 ? Valid : null, Test = i == 0 ? Test : null }, check: false))];
        var data = new RunData(Join(parts.Select(p => p.Train))!, Others(Valid, p => p.Valid), Others(Test, p => p.Test));

        // One source may score what another trains with, so that each by itself would pass.
        data.Check();
        string?[] partial = data.Valid is null ? [Alone("the epochs are", Test, p => p.Test)] : [Alone("the epochs are", Valid, p => p.Valid), Alone("the test is", Test, p => p.Test)];
        return data.Cached(new DataSettings { CacheMb = CacheMb }) with
        {
            Partial = partial.Any(p => p is not null)
                ? $"{string.Join(", and ", partial.OfType<string>())}, for not every source has such a split; name one of all under data.valid and data.test" : null,
        };

        string? Alone(string what, string? named, Func<RunData, ImageDataset?> split) =>
            named is null && Train.Where((_, i) => split(parts[i]) is not null).ToArray() is { Length: > 0 } those && those.Length < parts.Length
                ? $"{what} scored on {string.Join(" and ", those)} alone" : null;

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
