namespace HkaFer.Data;

/// <summary>
/// Collects the pictures of a split from a list. One that is there twice with one label counts once, which is told; with two labels it is an
/// error, since nobody knows which is right.
/// </summary>
/// <param name="kind">What reads the list.</param>
/// <param name="list">The list.</param>
internal sealed class SampleList(string kind, string list)
{
    private readonly List<Sample> _samples = [];
    private readonly List<string> _files = [];
    private readonly List<Func<FaceRegion>> _regions = [];
    private readonly Dictionary<string, (int Line, int Label)> _seen = new(StringComparer.Ordinal);
    private int _twice, _firstTwice;

    /// <summary>What a user should know about the list.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>How many pictures there are.</summary>
    public int Count => _samples.Count;

    /// <summary>How errors name a line.</summary>
    public string Where(int line) => $"{kind}: '{list}' line {line}";

    /// <summary>Adds a picture.</summary>
    /// <param name="line">Where it is listed.</param>
    /// <param name="file">Its file.</param>
    /// <param name="label">Its label.</param>
    /// <param name="face">Tells the faces of one file apart; none where the file shows one.</param>
    /// <param name="region">Where in the file the face is; for all pictures of the list or for none.</param>
    /// <exception cref="HkaFerException">It is there already, with another label.</exception>
    public void Add(int line, string file, int label, string? face = null, Func<FaceRegion>? region = null)
    {
        string name = face is null ? file : $"{file}#{face}";
        if (!_seen.TryAdd(name, (line, label)))
        {
            var (first, other) = _seen[name];
            if (other != label)
            {
                throw new HkaFerException($"{Where(line)}: '{name}' is already on line {first}, with another label; keep the line that is right");
            }

            if (_twice++ == 0) _firstTwice = line;
            return;
        }

        _samples.Add(new Sample(name, label));
        _files.Add(file);
        if (region is not null) _regions.Add(region);
    }

    /// <summary>The split.</summary>
    /// <exception cref="HkaFerException">There is no picture.</exception>
    public FileDataset ToDataset(string split, IReadOnlyList<string> classes)
    {
        if (_samples.Count == 0) throw new HkaFerException($"{kind}: '{list}' lists no picture for '{split}'");
        if (_twice > 0) Notes.Add($"'{list}' names pictures again on {_twice:N0} lines, the first is {_firstTwice}; each counts once");
        return new FileDataset(kind, split, classes, [.. _samples], $"'{list}'")
        {
            Files = _files,
            Region = _regions.Count > 0 ? i => _regions[i]() : null,
            Remarks = Notes,
        };
    }
}
