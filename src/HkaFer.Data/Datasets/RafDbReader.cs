using System.Globalization;

namespace HkaFer.Data;

/// <summary>
/// RAF-DB (Li et al. 2017), basic or compound: <c>EmoLabel/list_patition_label.txt</c> with names and numbers, pictures in <c>Image/aligned</c>, or with
/// <c>aligned=false</c> in <c>Image/original</c>, of which <c>crop=landmarks|box|none</c> takes the face by its annotation.
/// </summary>
internal sealed class RafDbReader : DatasetReader
{
    private static readonly string[] s_basic = ["surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"];

    private static readonly string[] s_compound = [.. CompoundExpression.Names];

    private readonly bool _compound;
    private readonly Numbering _numbering;

    public RafDbReader(bool compound)
    {
        _compound = compound;
        _numbering = compound ? new Numbering(1, s_compound, s_compound) : new Numbering(1, s_basic, Numbering.Basic);
        if (!compound)
        {
            Subsets = new SubsetLists(
                SplitName.Test, s_basic, complete: true, ("RAF_DB_dir/rafdb_occlusion_list.txt", 735), ("RAF_DB_dir/val_raf_db_list.txt", 1_247),
                ("RAF_DB_dir/val_raf_db_list_45.txt", 558));
        }
    }

    public override string Kind => _compound ? "rafdb-compound" : "rafdb";

    public override IReadOnlyList<string> Keys { get; } = ["aligned", "crop"];

    public override SubsetLists? Subsets { get; }

    public override IReadOnlyList<string> Splits(DataSource source) =>
        [.. Rows(source).Select(r => SplitOf(r.Name, r.Where)).Distinct().OrderBy(SplitName.Order)];

    public override ImageDataset Open(DataSource source, string split)
    {
        string root = Root(source);
        bool aligned = source.Choice("aligned", "true", "false") == "true";
        string crop = source.Choice("crop", "landmarks", "box", "none");
        if (aligned && source.Options.ContainsKey("crop")) throw new HkaFerException($"{Kind}: crop= is for the original pictures; add aligned=false, or take it away");
        string folder = ListedFile.First(Kind, root, aligned ? "Image/aligned" : "Image/original");
        var samples = new SampleList(Kind, ListOf(root));
        foreach (var (line, name, label, where) in Rows(source))
        {
            if (SplitOf(name, where) != split) continue;
            string stem = Path.ChangeExtension(name, null);
            string file = ListedFile.Find(Path.Combine(folder, aligned ? $"{stem}_aligned.jpg" : name));
            samples.Add(line, file, label, region: aligned || crop == "none" ? null : crop == "box" ? () => Box(root, stem) : () => Landmarks(root, stem));
        }

        return samples.Count > 0
            ? samples.ToDataset(split, _numbering.Classes)
            : throw SplitName.Missing(source, split, Splits(source), "Names on the list begin with the split: train_00001.jpg, test_0001.jpg.");
    }

    public override int? Published(DataSource source, string split) => (split, _compound) switch
    {
        (SplitName.Train, false) => 12_271,
        (SplitName.Test, false) => 3_068,
        (SplitName.Train, true) => 3_162,
        (SplitName.Test, true) => 792,
        _ => null,
    };

    public override IReadOnlyDictionary<string, int>? PublishedClasses(DataSource source, string split)
    {
        int[]? counts = (split, _compound) switch
        {
            (SplitName.Train, false) => [1_290, 281, 717, 4_772, 1_982, 705, 2_524],
            (SplitName.Test, false) => [329, 74, 160, 1_185, 478, 162, 680],
            _ => null,
        };
        return counts?.Index().ToDictionary(c => s_basic[c.Index], c => c.Item);
    }

    /// <summary>All lines of the list.</summary>
    private IEnumerable<(int Line, string Name, int Label, string Where)> Rows(DataSource source)
    {
        string list = ListOf(Root(source));
        int most = 0;
        foreach (var (line, fields) in CsvFile.Rows(list, Kind))
        {
            string where = $"{Kind}: '{list}' line {line}";
            string[] words = Words(fields);
            if (words.Length != 2) throw new HkaFerException($"{where}: '{Nearest.Cut(string.Join(",", fields))}' is no name and number; expected such as 'train_00001.jpg 5'");
            int label = _numbering.Label(words[1], where)!.Value;
            most = Math.Max(most, int.TryParse(words[1], CultureInfo.InvariantCulture, out int number) ? number : int.MaxValue);
            yield return (line, ListedFile.Name(words[0], where), label, where);
        }

        if (most == 0) throw new HkaFerException($"{Kind}: '{list}' lists no picture; expected lines such as 'train_00001.jpg 5'");
        // All of its numbers would be valid here, and mean something else.
        if (_compound && most <= s_basic.Length) throw new HkaFerException($"{Kind}: '{list}' has no label above {s_basic.Length}: it is the list of the basic expressions; read it with rafdb:");
    }

    private static string SplitOf(string name, string where) => name.Split('_')[0].ToLowerInvariant() switch
    {
        "train" => SplitName.Train,
        "test" => SplitName.Test,
        _ => throw new HkaFerException($"{where}: '{Nearest.Cut(name)}' belongs to no split; expected a name that begins with train_ or test_"),
    };

    /// <summary>The folder of the list, or the one above it that holds basic and compound expressions.</summary>
    private string Root(DataSource source)
    {
        string inner = Path.Combine(source.Path, _compound ? "compound" : "basic");
        return Directory.Exists(inner) ? inner : source.Path;
    }

    private string ListOf(string root) => ListedFile.First(Kind, root, "EmoLabel/list_patition_label.txt", "EmoLabel/list_partition_label.txt");

    private FaceBox Box(string root, string stem)
    {
        string file = ListedFile.First(Kind, root, $"Annotation/boundingbox/{stem}_boundingbox.txt", $"boundingbox/{stem}_boundingbox.txt");
        double[] n = [.. Numbers(file, 4)];
        return new FaceBox(n[0], n[1], n[2], n[3], $"{Kind}: '{file}'");
    }

    private FaceLandmarks Landmarks(string root, string stem)
    {
        string file = ListedFile.First(Kind, root, $"Annotation/manual/{stem}_manu_attri.txt");
        double[] n = [.. Numbers(file, 10)];
        return new FaceLandmarks([(n[0], n[1]), (n[2], n[3]), (n[4], n[5]), (n[6], n[7]), (n[8], n[9])], $"{Kind}: '{file}'");
    }

    /// <summary>The first numbers of an annotation; gender, race and age follow those of landmarks.</summary>
    private IEnumerable<double> Numbers(string file, int count)
    {
        string[] words = [.. CsvFile.Rows(file, Kind).SelectMany(r => Words(r.Fields)).Take(count)];
        if (words.Length < count) throw new HkaFerException($"{Kind}: '{file}' holds {words.Length} numbers; expected {count}");
        return words.Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new HkaFerException($"{Kind}: '{file}': '{Nearest.Cut(word)}' is no number; expected {count} of them, in pixels"));
    }

    private static string[] Words(string[] fields) => [.. fields.SelectMany(f => f.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))];
}
