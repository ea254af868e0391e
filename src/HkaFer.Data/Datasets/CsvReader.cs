namespace HkaFer.Data;

/// <summary>A list <c>path,label[,split]</c> with a header; paths are relative to the list.</summary>
internal sealed class CsvReader : DatasetReader
{
    private const string Remedy = "Add a column 'split', or let part of the pictures be set aside: ?valid=0.2&seed=1";

    public override string Kind => "csv";

    public override IReadOnlyList<string> Keys { get; } = [.. SplitCarver.Keys, "classes"];

    public override IReadOnlyList<string> Splits(DataSource source) => SplitsOf(source, Read(source));

    public override ImageDataset Open(DataSource source, string split)
    {
        var rows = Read(source);
        var present = SplitsOf(source, rows);
        if (!present.Contains(split)) throw SplitName.Missing(source, split, present, Remedy);
        var names = new ClassNames(source.Options.TryGetValue("classes", out string? given) ? given.Split(',') : rows.Select(r => r.Label));
        bool carved = SplitCarver.Wanted(source) && split != SplitName.Test;
        var taken = rows.Where(r => r.Split == split || (carved && r.Split is SplitName.All or SplitName.Train));
        Sample[] samples = [.. taken.Select(r => new Sample(r.Path, names[r.Label]))];
        if (carved) samples = SplitCarver.Carve(source, samples, split);
        var lines = rows.ToDictionary(r => r.Path, r => r.Line, StringComparer.Ordinal);
        return new ListedDataset(source.Path, split, names.Names, samples, lines);
    }

    private static string[] SplitsOf(DataSource source, List<Row> rows)
    {
        var present = rows.Select(r => r.Split).Distinct().OrderBy(SplitName.Order).ToList();
        if (!SplitCarver.Wanted(source)) return [.. present];
        if (present.Contains(SplitName.Valid)) throw new HkaFerException($"csv: '{source.Path}' has a validation split; take valid= away");
        return present.Contains(SplitName.Test) ? [SplitName.Train, SplitName.Valid, SplitName.Test] : [SplitName.Train, SplitName.Valid];
    }

    private static List<Row> Read(DataSource source)
    {
        string list = Path.GetFullPath(source.Path), folder = Path.GetDirectoryName(list)!;
        var rows = new List<Row>();
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        var columns = (Path: -1, Label: -1, Split: -1, Count: 0);
        foreach (var (line, fields) in CsvFile.Rows(list, "csv"))
        {
            if (columns.Count == 0)
            {
                columns = Header(fields, list);
                continue;
            }

            if (fields.Length != columns.Count)
            {
                throw new HkaFerException(
                    $"csv: '{list}' line {line}: expected {columns.Count} columns as in the header, got {fields.Length}");
            }

            string label = fields[columns.Label], name = fields[columns.Path];
            if (label.Length == 0 || name.Length == 0 || name.Contains('\0'))
            {
                throw new HkaFerException($"csv: '{list}' line {line}: path or label is empty or no text");
            }

            string written = columns.Split < 0 ? SplitName.All : fields[columns.Split];
            string split = SplitName.Normalise(written) ?? throw new HkaFerException(
                $"csv: '{list}' line {line}: unknown split '{written}'; {Nearest.Hint(written, DataSource.SplitNames)}");
            string path = Path.GetFullPath(Path.Combine(folder, name));
            if (!first.TryAdd(path, line))
            {
                throw new HkaFerException(
                    $"csv: '{list}' line {line}: '{name}' is already on line {first[path]}; one picture has one label and one split");
            }

            rows.Add(new Row(line, path, label, split));
        }

        if (rows.Count == 0)
        {
            throw new HkaFerException($"csv: '{list}' lists no picture; expected a header 'path,label' and a line for each");
        }

        CheckLabels(source, list, rows);
        return rows;
    }

    private static (int Path, int Label, int Split, int Count) Header(string[] fields, string list)
    {
        string[] header = [.. fields.Select(f => f.ToLowerInvariant())];
        int path = Array.IndexOf(header, "path"), label = Array.IndexOf(header, "label");
        if (path < 0 || label < 0)
        {
            throw new HkaFerException(
                $"csv: '{list}' line 1: expected a header with the columns path,label[,split] separated by commas, "
                + $"got '{Nearest.Cut(string.Join(",", fields.Take(8)))}'{Separators()}{Rename("path", path)}{Rename("label", label)}");
        }

        // Spreadsheets of many languages write semicolons and call it comma-separated.
        string Separators() => fields is not [var only] ? ""
            : only.Contains(';', StringComparison.Ordinal) ? "; it is separated by semicolons: save it with commas (in a spreadsheet, the separator is asked for when a CSV is saved), or replace each ; by a comma"
            : only.Contains('\t', StringComparison.Ordinal) ? "; it is separated by tabs: save it with commas"
            : "";

        string Rename(string wanted, int at) => at < 0 && Nearest.Of(wanted, header) is { } near ? $"; rename '{near}' to '{wanted}'" : "";

        return (path, label, Array.IndexOf(header, "split"), header.Length);
    }

    /// <summary>
    /// One expression among the labels means that all of them should be one: a slip such as <c>hapiness</c> must not become a class. Other
    /// classes are free, and a mixture can be asked for by name.
    /// </summary>
    private static void CheckLabels(DataSource source, string list, List<Row> rows)
    {
        string[]? given = source.Options.TryGetValue("classes", out string? text) ? text.Split(',') : null;
        if (given is null && !rows.Exists(r => Expressions.TryParse(r.Label, out _))) return;
        foreach (var row in rows)
        {
            if (given is null ? Expressions.TryParse(row.Label, out _) : given.Contains(row.Label, StringComparer.Ordinal)) continue;
            string remedy = given is null ? ". If it is a class of its own, name all classes: ?classes=a,b,c" : "";
            string hint = Nearest.Hint(row.Label, given ?? (IEnumerable<string>)Expressions.Names);
            throw new HkaFerException($"csv: '{list}' line {row.Line}: unknown label '{row.Label}'; {hint}{remedy}");
        }
    }

    private sealed record Row(int Line, string Path, string Label, string Split);

    /// <summary>Pictures of a list, so that a missing one can be told with its line.</summary>
    private sealed class ListedDataset(
        string list, string split, IReadOnlyList<string> classes, Sample[] samples, Dictionary<string, int> lines)
        : ImageDataset("csv", split, classes)
    {
        private readonly SampleFiles _files = new([.. samples.Select(s => s.Path)]);

        public override int Count => samples.Length;

        public override Sample this[int index] => samples[index];

        public override Image Load(int index) => _files.Decode(index);

        public override long SourceBytes(int index) => FileCheck.Length(samples[index].Path);

        public override byte[] Source(int index) => FileCheck.ReadAll(samples[index].Path);

        protected internal override void CheckFile(int index)
        {
            if (_files.Note(index) is { } problem)
            {
                string path = samples[index].Path;
                throw new HkaFerException($"csv: '{list}' line {lines[path]}: picture {problem}: '{path}'; restore it or take the line out");
            }
        }
    }
}
