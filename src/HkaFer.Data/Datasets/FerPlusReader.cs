namespace HkaFer.Data;

/// <summary>
/// FERPlus: ten votes a face. Folders <c>FER2013Train|Valid|Test</c> with <c>label.csv</c> and pictures, or <c>fer2013new.csv</c> beside
/// the pixels of <c>fer2013.csv</c>. <c>labels=</c> says how votes become labels for training; as in the published code, what scores has those of
/// the majority.
/// </summary>
internal sealed class FerPlusReader : DatasetReader
{
    /// <summary>The folder of the training split.</summary>
    internal const string TrainFolder = "FER2013Train";

    private static readonly (string Split, string Folder)[] Folders =
        [(SplitName.Train, TrainFolder), (SplitName.Valid, "FER2013Valid"), (SplitName.Test, "FER2013Test")];

    private static readonly Dictionary<string, FerPlusRule> Rules = new(StringComparer.Ordinal)
    {
        ["majority"] = FerPlusRule.Majority,
        ["probability"] = FerPlusRule.Probability,
        ["crossentropy"] = FerPlusRule.CrossEntropy,
        ["multitarget"] = FerPlusRule.MultiTarget,
    };

    public override string Kind => "ferplus";

    public override IReadOnlyList<string> Keys { get; } = ["labels"];

    public override SubsetLists Subsets { get; } = new(
        SplitName.Test, Expressions.Names, complete: false, ("FERplus_dir/jianfei_occlusion_list.txt", 605), ("FERplus_dir/pose_30_ferplus_list.txt", 1_170),
        ("FERplus_dir/pose_45_ferplus_list.txt", 633));

    public override IReadOnlyList<string> Splits(DataSource source)
    {
        RuleOf(source);
        var present = Folders.Where(f => File.Exists(ListOf(source, f.Folder))).Select(f => f.Split).ToList();
        if (present.Count > 0) return present;
        if (FerPlusPixels.Present(source.Path)) return [.. Folders.Select(f => f.Split)];
        throw new HkaFerException(
            $"ferplus: nothing to read in '{source.Path}'; expected FER2013Train/label.csv with its pictures, "
            + "or fer2013new.csv and fer2013.csv");
    }

    public override ImageDataset Open(DataSource source, string split)
    {
        var present = Splits(source);
        if (!present.Contains(split))
        {
            throw SplitName.Missing(source, split, present,
                "Its lists are FER2013Train, FER2013Valid and FER2013Test, each with label.csv.");
        }

        string folder = Folders.First(f => f.Split == split).Folder;
        string list = ListOf(source, folder);
        var rule = split == SplitName.Train ? RuleOf(source) : FerPlusRule.Majority;
        return File.Exists(list) ? ReadFolder(list, split, rule) : FerPlusPixels.Read(source.Path, split, rule);
    }

    /// <summary>What training does with the soft labels of a rule.</summary>
    internal static SoftLabelUse UseOf(FerPlusRule rule) => rule switch
    {
        FerPlusRule.Probability => SoftLabelUse.Draw,
        FerPlusRule.MultiTarget => SoftLabelUse.AnyOf,
        _ => SoftLabelUse.Distribution,
    };

    public override int? Published(DataSource source, string split)
    {
        if (!Folders.Any(f => f.Split == split) || (split == SplitName.Train && RuleOf(source) != FerPlusRule.Majority)) return null;
        bool folders = File.Exists(ListOf(source, Folders.First(f => f.Split == split).Folder));
        return (split, folders) switch
        {
            (SplitName.Train, true) => 25_045,
            (SplitName.Valid, true) => 3_191,
            (_, true) => 3_137,
            (SplitName.Train, false) => 25_060,
            (SplitName.Valid, false) => 3_199,
            _ => 3_153,
        };
    }

    public override IReadOnlyDictionary<string, VoteDoubt> Doubts(DataSource source, string split)
    {
        var doubts = new Dictionary<string, VoteDoubt>(StringComparer.Ordinal);
        string list = ListOf(source, Folders.First(f => f.Split == split).Folder);
        string file = File.Exists(list) ? list : Path.Combine(source.Path, "fer2013new.csv");
        (int name, int votes) = (0, 2);
        foreach (var (line, fields) in CsvFile.Rows(file, Kind))
        {
            // The list was read without fault when the split was opened, so what is no face is a header.
            if (fields.Length < Math.Max(votes + FerPlusVotes.Count, name + 1) || !int.TryParse(fields[votes], out _))
            {
                name = Math.Max(0, Array.FindIndex(fields, f => f.Equals("image name", StringComparison.OrdinalIgnoreCase)));
                votes = Array.FindIndex(fields, f => f.Equals("neutral", StringComparison.OrdinalIgnoreCase)) is > 0 and var first ? first : votes;
            }
            else if (FerPlusDoubts.Of(FerPlusVotes.Parse(fields.AsSpan(votes), file, line)) is { } doubt)
            {
                doubts[fields[name]] = doubt;
            }
        }

        return doubts;
    }

    private static FileDataset ReadFolder(string list, string split, FerPlusRule rule)
    {
        string folder = Path.GetDirectoryName(list)!;
        var samples = new List<Sample>();
        var shares = new List<float[]>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (line, fields) in CsvFile.Rows(list, "ferplus"))
        {
            // The published file has no header; those who add one shall not lose a picture for it. One slip among the votes is no header.
            if (line == 1 && fields.Length > 2 && !Array.Exists(fields[2..], f => int.TryParse(f, out _))) continue;
            if (fields.Length != 2 + FerPlusVotes.Count)
            {
                throw new HkaFerException(
                    $"ferplus: '{list}' line {line}: expected name, box and ten votes (12 columns), got {fields.Length}");
            }

            var votes = FerPlusVotes.Parse(fields.AsSpan(2), list, line);
            string name = fields[0];
            if (name.Length == 0 || name.Contains('\0'))
            {
                throw new HkaFerException($"ferplus: '{list}' line {line}: the picture's name is empty or no text");
            }

            if (!seen.Add(name))
            {
                throw new HkaFerException($"ferplus: '{list}' line {line}: '{name}' is on the list twice; keep one of the lines");
            }

            if (FerPlusVotes.Label(votes, rule) is not { } label) continue;
            samples.Add(new Sample(Path.Combine(folder, name), label.Label));
            if (label.Shares is not null) shares.Add(label.Shares);
        }

        return samples.Count > 0
            ? new FileDataset("ferplus", split, Expressions.Names, [.. samples], $"'{list}'")
                { Soft = rule == FerPlusRule.Majority ? null : new SoftLabels(UseOf(rule), shares) }
            : throw new HkaFerException($"ferplus: '{list}' lists no face that labels={NameOf(rule)} keeps");
    }

    internal static string NameOf(FerPlusRule rule) => Rules.Single(r => r.Value == rule).Key;

    private static FerPlusRule RuleOf(DataSource source)
    {
        string name = source.Options.GetValueOrDefault("labels", "majority");
        return Rules.TryGetValue(name, out var rule)
            ? rule
            : throw new HkaFerException($"ferplus: unknown labels={name}; {Nearest.Hint(name, Rules.Keys)}");
    }

    private static string ListOf(DataSource source, string folder) => Path.Combine(source.Path, folder, "label.csv");
}
