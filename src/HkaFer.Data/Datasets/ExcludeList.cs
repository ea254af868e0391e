namespace HkaFer.Data;

/// <summary>
/// Pictures to leave out: a text file with one a line, a path (absolute or relative to the file's folder) or the name that the data set has for
/// a picture without a file. Blank lines and lines that begin with <c>#</c> say nothing. The pictures themselves are never touched.
/// </summary>
public sealed class ExcludeList
{
    /// <summary>A million long paths; more is another kind of file.</summary>
    private const long MaxBytes = 256L << 20;

    private readonly string _file;
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, string> _unmatched = [];

    private ExcludeList(string file) => _file = file;

    /// <summary>Reads a list.</summary>
    /// <exception cref="HkaFerException">It cannot be read, or a line is no path; the message names file and line.</exception>
    public static ExcludeList Read(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        var list = new ExcludeList(file);
        try
        {
            if (new FileInfo(file).Length > MaxBytes)
            {
                throw new HkaFerException($"exclude: '{file}' is larger than {MaxBytes >> 20} MiB; expected one path a line");
            }

            string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
            foreach (var (index, line) in File.ReadLines(file).Index()) list.Add(index + 1, line, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"exclude: the list '{file}' cannot be read ({e.Message})", e);
        }

        return list;
    }

    /// <summary>A split without the pictures that are on the list. Reads no pictures.</summary>
    public ImageDataset Apply(ImageDataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        int[] kept = [.. Enumerable.Range(0, data.Count).Where(i => !Holds(data[i].Path))];
        return kept.Length == data.Count ? data : new FilteredDataset(data, kept);
    }

    /// <summary>
    /// Fails where a line has named no picture of what the list was applied to, nor of the other splits of a data set: a slip in the list would
    /// leave in what should be out.
    /// </summary>
    /// <param name="source">The data set that the list was made for.</param>
    /// <exception cref="HkaFerException">A line names nothing; the message has the first such line.</exception>
    public void RequireMatched(DataSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        foreach (string split in _unmatched.Count == 0 ? [] : source.Splits())
        {
            Apply(source.OpenUnchecked(split));
        }

        foreach (var (line, text) in _unmatched)
        {
            string more = _unmatched.Count > 1 ? $" (nor are {_unmatched.Count - 1} other lines)" : "";
            throw new HkaFerException(
                $"exclude: '{_file}' line {line}: '{text}' is no picture of the data{more}; paths are relative to the list's folder or absolute: "
                + "correct the line or take it away");
        }
    }

    private void Add(int line, string text, string folder)
    {
        if (text.Trim().Length == 0 || text.StartsWith('#')) return;
        if (text.Contains('\0')) throw new HkaFerException($"exclude: '{_file}' line {line}: is no path; expected one a line");
        // Both readings of a line lead to it; the same picture twice counts once.
        if (!_lines.TryAdd(Path.GetFullPath(Path.Combine(folder, text)), line)) return;
        _lines.TryAdd(text, line);
        _unmatched.Add(line, text);
    }

    private bool Holds(string path)
    {
        if (!_lines.TryGetValue(path, out int line) && !_lines.TryGetValue(Path.GetFullPath(path), out line)) return false;
        _unmatched.Remove(line);
        return true;
    }
}
