using System.Globalization;

namespace HkaFer.Data;

/// <summary>
/// Where pictures come from, as users write it: <c>KIND:PATH[?key=value&amp;...]</c>, for example
/// <c>ferplus:/data/FERPlus?labels=majority</c>.
/// A bare folder is read as <c>folder:</c>, a bare <c>.csv</c> file as <c>csv:</c>.
/// </summary>
public sealed class DataSource
{
    /// <summary>The names that splits have inside the program.</summary>
    public static IReadOnlyList<string> SplitNames { get; } = ["train", "valid", "test", "all"];

    /// <summary>Every kind of data that is read.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. DatasetReader.All.Select(r => r.Kind)];

    private readonly DatasetReader _reader;

    private DataSource(DatasetReader reader, string path, IReadOnlyDictionary<string, string> options) =>
        (_reader, Path, Options) = (reader, path, options);

    /// <summary>Which reader.</summary>
    public string Kind => _reader.Kind;

    /// <summary>The folder or file; empty for <c>faces:</c>, which needs none.</summary>
    public string Path { get; }

    /// <summary>What stands behind the question mark.</summary>
    public IReadOnlyDictionary<string, string> Options { get; }

    /// <summary>Reads the written form; touches the disk only to tell a bare path, and a question mark in a file name.</summary>
    /// <exception cref="HkaFerException">Unknown kind or key, a key without value or written twice.</exception>
    public static DataSource Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':');
        // A single letter is a drive of Windows, and a colon behind a separator belongs to a path.
        bool named = colon > 1 && text.AsSpan(0, colon).IndexOfAny('/', '\\') < 0;
        if (!named) return Bare(text);

        string kind = text[..colon], rest = text[(colon + 1)..];
        var reader = DatasetReader.Named(kind)
            ?? throw new HkaFerException(
                $"data: unknown kind '{Nearest.Cut(kind)}' in '{Nearest.Cut(text)}'; {Nearest.Hint(kind, DatasetReader.All.Select(r => r.Kind))}");
        return With(reader, rest, text);
    }

    /// <summary>A source from its parts, for callers that have them apart (<c>hkafer data verify KIND PATH</c>).</summary>
    /// <exception cref="HkaFerException">As <see cref="Parse"/>.</exception>
    public static DataSource Of(string kind, string path) => Parse($"{kind}:{path}");

    /// <summary>Whether a kind reads a folder or a file; false for one that is not known.</summary>
    public static bool NeedsPath(string kind) => DatasetReader.Named(kind) is { NeedsPath: true };

    /// <summary>The splits that are there, in the order train, valid, test; <c>all</c> where the data has none.</summary>
    /// <exception cref="HkaFerException">Nothing is there that the kind can read.</exception>
    public IReadOnlyList<string> Splits() =>
        Guard(() => Subset is { } subset ? subset.Splits(this, _reader.Splits(this)) : _reader.Splits(this));

    /// <summary>Reads the list of one split and checks that every file of it exists. Decodes nothing.</summary>
    /// <param name="split"><c>train</c>, <c>valid</c>, <c>test</c> or <c>all</c>.</param>
    /// <param name="exclude">Pictures to leave out, which need not exist; none where not given.</param>
    /// <exception cref="HkaFerException">The split or a file is missing, or the list is wrong; the message says where.</exception>
    public ImageDataset Open(string split = "train", Exclusion? exclude = null)
    {
        var dataset = OpenUnchecked(split);
        if (exclude is not null) dataset = exclude.Apply(dataset);
        Guard<object?>(() =>
        {
            dataset.CheckFiles();
            return null;
        });
        return dataset;
    }

    /// <summary>The written form.</summary>
    public override string ToString() =>
        Options.Count == 0 ? $"{Kind}:{Path}" : $"{Kind}:{Path}?{string.Join('&', Options.Select(o => $"{o.Key}={o.Value}"))}";

    /// <summary>As <see cref="Open"/>, without looking at the files: the report wants all problems, not the first.</summary>
    internal ImageDataset OpenUnchecked(string split)
    {
        string name = SplitName.Normalise(split)
            ?? throw new HkaFerException($"data: unknown split '{split}'; {Nearest.Hint(split, SplitNames)}");
        return Guard(() =>
        {
            var dataset = _reader.Open(this, name);
            return Subset is { } subset && subset.Splits(this, [name]).Count > 0 ? subset.Apply(this, dataset) : dataset;
        });
    }

    /// <summary>How many pictures the literature counts in a split, where the data set is a published one.</summary>
    internal int? Published(string split) => Subset is { } subset ? subset.Published(this) : _reader.Published(this, split);

    /// <summary>How many pictures of each class the literature counts in a split, where it says.</summary>
    internal IReadOnlyDictionary<string, int>? PublishedClasses(string split) => Subset is null ? _reader.PublishedClasses(this, split) : null;

    /// <summary>Pictures of a split whose own votes leave doubt, by file name.</summary>
    internal IReadOnlyDictionary<string, VoteDoubt> Doubts(string split) => Guard(() => _reader.Doubts(this, split));

    /// <summary>An option's number in a range.</summary>
    internal double Number(string key, double fallback, double low, double high)
    {
        if (!Options.TryGetValue(key, out string? text)) return fallback;
        bool read = double.TryParse(text, CultureInfo.InvariantCulture, out double value);
        if (read && value >= low && value <= high) return value;
        throw new HkaFerException(FormattableString.Invariant($"{Kind}: bad {key} '{text}'; expected a number from {low} to {high}"));
    }

    /// <summary>An option's word.</summary>
    internal string Choice(string key, params ReadOnlySpan<string> words)
    {
        string text = Options.GetValueOrDefault(key, words[0]);
        return words.Contains(text) ? text : throw new HkaFerException($"{Kind}: unknown {key}={Nearest.Cut(text)}; {Nearest.Hint(text, words.ToArray())}");
    }

    /// <summary>An option's seed.</summary>
    internal ulong Seed(string key, ulong fallback)
    {
        if (!Options.TryGetValue(key, out string? text)) return fallback;
        if (ulong.TryParse(text, CultureInfo.InvariantCulture, out ulong value)) return value;
        throw new HkaFerException($"{Kind}: bad {key} '{text}'; expected a whole number, 0 or more");
    }

    private static DataSource Bare(string text)
    {
        int mark = text.LastIndexOf('?');
        string path = Exists(text) || mark < 0 ? text : text[..mark];
        if (Directory.Exists(path)) return With(DatasetReader.Named("folder")!, text, text);
        bool list = File.Exists(path) && path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
        if (list) return With(DatasetReader.Named("csv")!, text, text);
        string kinds = string.Join(", ", DatasetReader.All.Select(r => r.Kind));
        throw new HkaFerException(DatasetReader.Named(text) is { } reader
            ? $"data: '{text}' is no folder here, but a kind of data; write {text}:{(reader.NeedsPath ? "PATH" : "")}"
            : $"data: '{Nearest.Cut(text)}' is neither a folder, a .csv file nor KIND:PATH; kinds are {kinds}");
    }

    private static DataSource With(DatasetReader reader, string rest, string text)
    {
        int mark = Exists(rest) ? -1 : rest.LastIndexOf('?');
        string path = mark < 0 ? rest : rest[..mark];
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string pair in mark < 0 ? [] : rest[(mark + 1)..].Split('&'))
        {
            int equals = pair.IndexOf('=');
            if (equals < 1 || equals == pair.Length - 1)
            {
                throw new HkaFerException($"data: '{Nearest.Cut(pair)}' in '{Nearest.Cut(text)}' is not key=value");
            }

            string key = pair[..equals];
            string[] keys = [.. reader.Keys, .. reader.Subsets is null ? [] : SubsetLists.Keys];
            if (!keys.Contains(key, StringComparer.Ordinal))
            {
                throw new HkaFerException($"data: {reader.Kind} has no key '{Nearest.Cut(key)}' (in '{Nearest.Cut(text)}'); {Nearest.Hint(key, keys)}");
            }

            if (!options.TryAdd(key, pair[(equals + 1)..]))
            {
                throw new HkaFerException($"data: key '{Nearest.Cut(key)}' stands twice in '{Nearest.Cut(text)}'");
            }
        }

        if (path.Length == 0 && reader.NeedsPath)
        {
            throw new HkaFerException($"data: '{Nearest.Cut(text)}' names no path; expected {reader.Kind}:PATH");
        }

        return new DataSource(reader, path, options);
    }

    private static bool Exists(string path) => path.Length > 0 && System.IO.Path.Exists(path);

    private SubsetLists? Subset => SubsetLists.Wanted(this) ? _reader.Subsets : null;

    /// <summary>What the system says about a file becomes an error that names the source.</summary>
    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{Kind}: cannot read '{Path}': {e.Message}", e);
        }
    }
}
