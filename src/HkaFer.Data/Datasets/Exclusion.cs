namespace HkaFer.Data;

/// <summary>
/// An <see cref="ExcludeList"/> as it is applied to the splits of a data set; remembers which lines have named a picture. A line may also be the name that
/// the data set has for a picture without a file. The pictures themselves are never touched.
/// </summary>
public sealed class Exclusion
{
    private readonly string _file;
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, string> _unmatched = [];

    private Exclusion(string file) => _file = file;

    /// <summary>Reads a list.</summary>
    /// <exception cref="HkaFerException">As <see cref="ExcludeList.Read"/>.</exception>
    public static Exclusion Read(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        var exclusion = new Exclusion(file);
        foreach (var (number, text, path) in ExcludeList.Lines(ExcludeList.ReadText(file), file))
        {
            // The same picture twice counts once.
            if (!exclusion._lines.TryAdd(path, number)) continue;
            exclusion._lines.TryAdd(text, number);
            exclusion._unmatched.Add(number, text);
        }

        return exclusion;
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
                $"exclude list: '{_file}' line {line}: '{text}' is no picture of the data{more}; paths are relative to the list's folder or absolute: "
                + "correct the line or take it away");
        }
    }

    private bool Holds(string path)
    {
        if (!_lines.TryGetValue(path, out int line) && !_lines.TryGetValue(Path.GetFullPath(path), out line)) return false;
        _unmatched.Remove(line);
        return true;
    }
}
