using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Data;

namespace HkaFer.Cli;

/// <summary>What <c>data verify</c> found, for scripts and for people.</summary>
internal static class VerifyReport
{
    /// <summary>Lines of a list that people get; scripts get all.</summary>
    private const int Shown = 8;

    public static JsonNode ToJson(DatasetReport report) => new JsonObject
    {
        ["kind"] = report.Kind,
        ["splits"] = Map(report, split => new JsonObject
        {
            ["count"] = split.Count,
            ["published"] = split.Published,
            ["classes"] = Counts(split.Classes),
            ["published_classes"] = split.PublishedClasses is { } published ? Counts(published) : null,
        }),
        ["problems"] = Json.Array(report.Problems, p => new JsonObject { ["path"] = p.Path, ["problem"] = p.Problem, ["split"] = p.Split }),
        ["notes"] = Json.Strings(report.Notes),
        ["sizes"] = report.Sizes is { } sizes ? Sizes(sizes) : null,
        ["balance"] = Map(report, split => new JsonObject
        {
            ["ratio"] = Json.Number(split.Ratio),
            ["largest"] = split.Largest,
            ["smallest"] = split.Smallest,
            ["shares"] = new JsonObject(split.Classes.Keys.Select(name => KeyValuePair.Create(name, Json.Number(split.Share(name))))),
        }),
        ["duplicates"] = new JsonObject
        {
            ["exact_by"] = "SHA-256 of the decoded pixels",
            ["exact"] = Json.Array(report.Exact, Group),
            ["near_by"] = "signs of 64 DCT coefficients",
            ["near_distance"] = report.NearDistance,
            ["near"] = Json.Array(report.Near, Group),
        },
        ["label_noise"] = Json.Array(report.Doubts, d => new JsonObject
        {
            ["path"] = d.Picture.Path,
            ["split"] = d.Picture.Split,
            ["label"] = d.Picture.Label,
            ["suspect"] = d.Suspect,
            ["reason"] = d.Reason,
            ["score"] = Json.Number(d.Score),
            ["detail"] = d.Detail,
        }),
    };

    /// <summary>Short tables; pictures below <paramref name="root"/>, the data set's folder or list, are named from there.</summary>
    public static void Write(DatasetReport report, string root, Output output)
    {
        string folder = Path.GetFullPath(File.Exists(root) ? Path.GetDirectoryName(Path.GetFullPath(root))! : root.Length > 0 ? root : ".") + Path.DirectorySeparatorChar;
        string Short(string text) => text.Replace(folder, "", StringComparison.Ordinal);
        Classes(report, output);
        foreach (string note in report.Notes)
        {
            output.Line(Short(note));
        }

        Findings(report, Short, output);
        foreach (DatasetProblem problem in report.Problems.Take(Shown))
        {
            output.Line($"{problem.Path}: {problem.Problem}");
        }

        Rest(report.Problems.Count, "problems", output);
        foreach (DuplicateGroup group in report.Exact.Concat(report.Near).Where(g => g.AcrossSplits || g.DifferentLabels).Take(Shown))
        {
            output.Line("same: " + string.Join("  ", group.Pictures.Take(4).Select(p => $"{Short(p.Path)} ({p.Split}, {p.Label})")) + (group.Pictures.Count > 4 ? "  .." : ""));
        }

        Rest(report.Exact.Concat(report.Near).Count(g => g.AcrossSplits || g.DifferentLabels), "groups across splits or with different labels", output);
    }

    /// <summary>Counts and shares, a row a class; below them what the literature counts.</summary>
    private static void Classes(DatasetReport report, Output output)
    {
        (string Name, SplitReport Split)[] splits = [.. report.Splits.Select(s => (s.Key, s.Value))];
        var table = new Table(["class", .. splits.SelectMany(s => Row(s.Split, ">" + s.Name, ">%", ">published"))]);
        foreach (string name in splits.SelectMany(s => s.Split.Classes.Keys).Distinct(StringComparer.Ordinal))
        {
            table.Add([name, .. splits.SelectMany(s => s.Split.Classes.TryGetValue(name, out int count)
                ? Row<object?>(s.Split, count, Fixed(100 * s.Split.Share(name), "F1"), s.Split.PublishedClasses?[name])
                : Row<object?>(s.Split, null, null, null))]);
        }

        table.Add(["all", .. splits.SelectMany(s => Row<object?>(s.Split, s.Split.Count, null, s.Split.Published))]);
        if (splits.Any(s => s.Split is { Published: not null, PublishedClasses: null }))
        {
            table.Add(["published", .. splits.SelectMany(s => Row<object?>(s.Split, s.Split.Published, null, null))]);
        }

        table.Add(["largest : smallest", .. splits.SelectMany(s => Row<object?>(s.Split, s.Split.Ratio is { } ratio ? Fixed(ratio, "F1") : "none", null, null))]);
        output.Table(table);

        // The third column is for splits whose classes are counted in the literature.
        static IEnumerable<T> Row<T>(SplitReport split, T first, T second, T published) =>
            split.PublishedClasses is null ? [first, second] : [first, second, published];
    }

    private static void Findings(DatasetReport report, Func<string, string> shorten, Output output)
    {
        if (report.Sizes is { } s)
        {
            string common = string.Join(", ", s.Common.Take(3).Select(c => Invariant($"{c.Width} x {c.Height} ({c.Count:N0})")));
            output.Line(Invariant($"sizes: width {s.Width.Min} to {s.Width.Max}, median {s.Width.Median}; height {s.Height.Min} to {s.Height.Max}, median {s.Height.Median}; ")
                + $"commonest {common}");
        }

        var table = new Table("duplicates", ">groups", ">pictures", ">across splits", ">labels differ");
        foreach ((string name, IReadOnlyList<DuplicateGroup> groups) in
            ((string, IReadOnlyList<DuplicateGroup>)[])[("exact (decoded pixels)", report.Exact), ($"near (up to {report.NearDistance} of 64 bits)", report.Near)])
        {
            table.Add(name, groups.Count, groups.Sum(g => g.Pictures.Count), groups.Count(g => g.AcrossSplits), groups.Count(g => g.DifferentLabels));
        }

        output.Table(table);
        var doubts = new Table("labels in doubt", ">pictures", "the most doubtful");
        foreach (IGrouping<string, LabelDoubt> reason in report.Doubts.GroupBy(d => d.Reason))
        {
            doubts.Add(reason.Key, reason.Count(), shorten($"{reason.First().Picture.Path}: {reason.First().Detail}"));
        }

        if (report.Doubts.Count > 0)
        {
            output.Table(doubts);
        }
    }

    private static void Rest(int count, string what, Output output)
    {
        if (count > Shown)
        {
            output.Line(Invariant($".. {count - Shown:N0} more {what}; --json lists all"));
        }
    }

    private static JsonObject Counts(IReadOnlyDictionary<string, int> classes) =>
        new(classes.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)JsonValue.Create(c.Value))));

    private static JsonObject Sizes(SizeReport sizes) => new()
    {
        ["width"] = Spread(sizes.Width),
        ["height"] = Spread(sizes.Height),
        ["distinct"] = sizes.Distinct,
        ["common"] = Json.Array(sizes.Common, c => new JsonObject { ["width"] = c.Width, ["height"] = c.Height, ["count"] = c.Count }),
    };

    private static JsonObject Spread(SizeReport.Spread spread) => new() { ["min"] = spread.Min, ["median"] = spread.Median, ["max"] = spread.Max };

    private static JsonObject Group(DuplicateGroup group) => new()
    {
        ["across_splits"] = group.AcrossSplits,
        ["different_labels"] = group.DifferentLabels,
        ["pictures"] = Json.Array(group.Pictures, p => new JsonObject { ["path"] = p.Path, ["split"] = p.Split, ["label"] = p.Label }),
    };

    private static JsonObject Map(DatasetReport report, Func<SplitReport, JsonNode> value) =>
        new(report.Splits.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)value(s.Value))));

    private static string Fixed(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
