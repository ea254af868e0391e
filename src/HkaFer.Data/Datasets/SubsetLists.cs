namespace HkaFer.Data;

/// <summary>
/// The published lists of occluded and turned faces among the pictures that score (Wang et al. 2020, region attention):
/// <c>subset=occlusion|pose30|pose45</c> with <c>list=</c> the file, or the folder that holds all of them. Labels stay the reader's.
/// </summary>
/// <param name="split">The split that they are of.</param>
/// <param name="names">The classes as the lists number them, from 0.</param>
/// <param name="complete">Whether every listed picture must be there: no rule of the reader drops any.</param>
/// <param name="lists">Published file and lines of <c>occlusion</c>, <c>pose30</c> and <c>pose45</c>; contempt left out where seven classes are usual.</param>
internal sealed class SubsetLists(string split, IReadOnlyList<string> names, bool complete, params (string File, int Lines)[] lists)
{
    public static readonly string[] Keys = ["subset", "list"];

    private const string Aligned = "_aligned";

    private static readonly string[] s_subsets = ["occlusion", "pose30", "pose45"];

    public static bool Wanted(DataSource source) => Keys.Any(source.Options.ContainsKey);

    /// <summary>The split, where it is there.</summary>
    public IReadOnlyList<string> Splits(DataSource source, IReadOnlyList<string> present) => present.Contains(split)
        ? [split]
        : throw SplitName.Missing(source, split, present, "The subsets are of this split.");

    /// <summary>Lines of the published list.</summary>
    public int? Published(DataSource source) => source.Options.GetValueOrDefault("classes") == "8" ? null : lists[Which(source)].Lines;

    /// <summary>The pictures of a split that are on the list.</summary>
    /// <exception cref="HkaFerException">There is no list, a line of it is none, or its pictures are not in the split.</exception>
    public ImageDataset Apply(DataSource source, ImageDataset data)
    {
        string list = FileOf(source);
        var numbering = new Numbering(0, names, data.Classes);
        var there = Enumerable.Range(0, data.Count).ToLookup(i => StemOf(data[i].Path), StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var kept = new List<int>();
        var (twice, other, absent) = (new Tally(), new Tally(), new Tally());
        foreach (var (line, fields) in CsvFile.Rows(list, source.Kind))
        {
            string where = $"{source.Kind}: '{list}' line {line}";
            var (name, number) = Parse(fields, where);
            if (numbering.Label(number, where) is not { } label) continue;
            if (!seen.Add(name))
            {
                twice.Add(name);
                continue;
            }

            if (!there.Contains(name)) absent.Add(name);
            foreach (int i in there[name])
            {
                kept.Add(i);
                if (data[i].Label != label) other.Add($"{name} (listed as {data.Classes[label]}, here {data.Classes[data[i].Label]})");
            }
        }

        if (kept.Count == 0 || (complete && absent.Count > 0))
        {
            throw new HkaFerException(
                $"{source.Kind}: {absent.Count:N0} of {seen.Count:N0} pictures on '{list}' are not in the split '{split}', the first is '{Nearest.Cut(absent.First)}'; "
                + $"expected a list such as {lists[Which(source)].File}, which goes by the names of the release that it was made for");
        }

        return new FilteredDataset(data, [.. kept.Order()])
        {
            Remarks =
            [
                .. data.Notes,
                .. twice.Tell($"lines of '{list}' name a picture again, which counts once"),
                .. other.Tell($"pictures have another label on '{list}'; the data set's own counts"),
                .. absent.Tell($"pictures on '{list}' are not scored: the data set's own rule drops them, or they are not there"),
            ],
        };
    }

    private static int Which(DataSource source) => Array.IndexOf(s_subsets, source.Options.ContainsKey("subset")
        ? source.Choice("subset", s_subsets)
        : throw new HkaFerException($"{source.Kind}: list= without subset=; name one of {string.Join(", ", s_subsets)}"));

    private string FileOf(DataSource source)
    {
        string file = lists[Which(source)].File;
        string given = source.Options.GetValueOrDefault("list") ?? throw new HkaFerException(
            $"{source.Kind}: subset={source.Options["subset"]} needs list=, the file {file} or the folder above it");
        return Directory.Exists(given) ? Path.Combine(given, file) : given;
    }

    /// <summary>
    /// The published forms: <c>name label type</c>, <c>label_name classes type</c>, <c>label/name.jpg</c>, <c>label/name/8.jpg</c>,
    /// <c>val/label/name/</c>.
    /// </summary>
    private static (string Name, string Label) Parse(string[] fields, string where)
    {
        string[] words = fields.Length == 1 ? fields[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) : [];
        if (words.Length == 3)
        {
            int mark = words[0].IndexOf('_');
            bool first = mark > 0 && char.IsAsciiDigit(words[0][0]);
            return first ? (StemOf(words[0][(mark + 1)..]), words[0][..mark]) : (StemOf(words[0]), words[1]);
        }

        string[] parts = words.Length == 1 ? words[0].Split('/', StringSplitOptions.RemoveEmptyEntries) : [];
        if (parts is ["val", ..]) parts = parts[1..];
        return parts.Length is 2 or 3
            ? (StemOf(parts[1]), parts[0])
            : throw new HkaFerException($"{where}: '{Nearest.Cut(string.Join(",", fields))}' names no picture and label; expected such as '0/test_0004_aligned.jpg'");
    }

    private static string StemOf(string name)
    {
        string stem = ListedFile.Stem(name);
        return stem.EndsWith(Aligned, StringComparison.Ordinal) ? stem[..^Aligned.Length] : stem;
    }

    /// <summary>How often something was, and the first time.</summary>
    private sealed class Tally
    {
        public int Count { get; private set; }

        public string First { get; private set; } = "";

        public void Add(string what)
        {
            if (Count++ == 0) First = what;
        }

        public IEnumerable<string> Tell(string what) => Count == 0 ? [] : [$"{Count:N0} {what}; the first is {First}"];
    }
}
