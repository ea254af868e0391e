using System.Globalization;

namespace HkaFer.Data;

/// <summary>
/// AffectNet (Mollahosseini et al. 2017): the release with lists (<c>Manually_Annotated_file_lists/training.csv</c>, <c>validation.csv</c>), of which
/// <c>crop=box|landmarks|none</c> takes the face, or that of 2021 (<c>train_set</c>, <c>val_set</c>), whose pictures are faces. <c>classes=7|8</c>.
/// </summary>
internal sealed class AffectNetReader : DatasetReader
{
    private const string Lists = "Manually_Annotated_file_lists";

    private static readonly string[] s_names =
        ["neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt", "none", "uncertain", "no face"];

    private static readonly string[] s_columns =
        ["subDirectory_filePath", "face_x", "face_y", "face_width", "face_height", "facial_landmarks", "expression", "valence", "arousal"];

    private static readonly (string Split, string List, string Folder)[] s_splits = [(SplitName.Train, "training.csv", "train_set"), (SplitName.Valid, "validation.csv", "val_set")];

    public override string Kind => "affectnet";

    public override IReadOnlyList<string> Keys { get; } = ["classes", "crop"];

    public override SubsetLists Subsets { get; } = new(
        SplitName.Valid, s_names[..8], complete: false, ("AffectNet_dir/occlusion_affectnet_list.txt", 592), ("AffectNet_dir/pose_30_affectnet_list.txt", 1_749),
        ("AffectNet_dir/pose_45_affectnet_list.txt", 889));

    public override IReadOnlyList<string> Splits(DataSource source)
    {
        string[] present = [.. s_splits.Where(s => File.Exists(ListOf(source, s.List)) || Directory.Exists(Path.Combine(source.Path, s.Folder))).Select(s => s.Split)];
        return present.Length > 0 ? present : throw new HkaFerException(
            $"affectnet: nothing to read in '{source.Path}'; expected {Lists}/training.csv with its pictures in Manually_Annotated_Images, or train_set with images and annotations");
    }

    public override ImageDataset Open(DataSource source, string split)
    {
        var present = Splits(source);
        if (!present.Contains(split)) throw SplitName.Missing(source, split, present, "AffectNet is scored on its validation split; its test split is not published.");
        var numbering = new Numbering(0, s_names, source.Choice("classes", "7", "8") == "7" ? Numbering.Basic : Expressions.Names);
        var (_, list, folder) = s_splits.First(s => s.Split == split);
        list = ListOf(source, list);
        var samples = File.Exists(list) ? ReadList(source, list, numbering) : ReadFolder(source, Path.Combine(source.Path, folder), numbering);
        return samples.ToDataset(split, numbering.Classes);
    }

    public override int? Published(DataSource source, string split)
    {
        bool basic = source.Choice("classes", "7", "8") == "7", lists = File.Exists(ListOf(source, s_splits[1].List));
        return split switch
        {
            SplitName.Train => basic ? 283_901 : 287_651,
            SplitName.Valid => basic ? 3_500 : lists ? 4_000 : 3_999,
            _ => null,
        };
    }

    private static string ListOf(DataSource source, string list) => Path.Combine(source.Path, Lists, list);

    private static SampleList ReadList(DataSource source, string list, Numbering numbering)
    {
        string crop = source.Choice("crop", "box", "landmarks", "none");
        string pictures = ListedFile.First("affectnet", source.Path, "Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images");
        var samples = new SampleList("affectnet", list);
        int[] at = [.. Enumerable.Range(0, s_columns.Length)];
        foreach (var (line, row) in CsvFile.Rows(list, "affectnet"))
        {
            string where = samples.Where(line);
            // One of the two published files has a header, the other has none.
            if (row.Contains(s_columns[0], StringComparer.OrdinalIgnoreCase))
            {
                at = Array.ConvertAll(s_columns, column => Array.FindIndex(row, f => f.Equals(column, StringComparison.OrdinalIgnoreCase)));
                if (at[..7].Contains(-1)) throw new HkaFerException($"{where}: the header has no column '{s_columns[Array.IndexOf(at, -1)]}'; expected {string.Join(",", s_columns)}");
                continue;
            }

            if (row.Length <= at[..7].Max()) throw new HkaFerException($"{where}: {row.Length} columns; expected {string.Join(",", s_columns)}");
            if (numbering.Label(row[at[6]], where) is not { } label) continue;
            double[] box = [.. at[1..5].Select(column => Number(row[column], where))];
            // A picture in which no face was found.
            if (box[2] < 0) continue;
            string file = ListedFile.Find(Path.Combine(pictures, ListedFile.Name(row[at[0]], where)));
            FaceRegion? region = crop switch
            {
                "box" => new FaceBox(box[0], box[1], box[0] + box[2], box[1] + box[3], where),
                "landmarks" => Landmarks(row[at[5]], where),
                _ => null,
            };
            samples.Add(line, file, label, region: region is null ? null : () => region);
        }

        return samples;
    }

    private static SampleList ReadFolder(DataSource source, string folder, Numbering numbering)
    {
        const string Suffix = "_exp.npy";
        if (source.Options.ContainsKey("crop")) throw new HkaFerException("affectnet: crop= is for the release with lists; the pictures of 2021 are faces: take it away");
        string annotations = Path.Combine(folder, "annotations");
        var samples = new SampleList("affectnet", annotations);
        string[] files = Directory.Exists(annotations) ? Directory.GetFiles(annotations, $"*{Suffix}") : [];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            if (numbering.Label(NpyScalar.Read(file, "affectnet"), $"affectnet: '{file}'") is not { } label) continue;
            samples.Add(0, ListedFile.Find(Path.Combine(folder, "images", Path.GetFileName(file)[..^Suffix.Length] + ".jpg")), label);
        }

        return samples;
    }

    /// <summary>The five points of the 68: the middle of each eye, the tip of the nose, the corners of the mouth.</summary>
    private static FaceLandmarks Landmarks(string text, string where)
    {
        string[] parts = text.Split(';', 138);
        if (parts.Length != 136) throw new HkaFerException($"{where}: {parts.Length} numbers in facial_landmarks; expected 68 times x;y");
        double[] n = Array.ConvertAll(parts, part => Number(part, where));
        return new FaceLandmarks([Middle(36, 42), Middle(42, 48), Middle(30, 31), Middle(48, 49), Middle(54, 55)], where);

        (double X, double Y) Middle(int first, int end) =>
            (Enumerable.Range(first, end - first).Average(i => n[2 * i]), Enumerable.Range(first, end - first).Average(i => n[(2 * i) + 1]));
    }

    private static double Number(string text, string where) => double.TryParse(text, CultureInfo.InvariantCulture, out double value)
        ? value
        : throw new HkaFerException($"{where}: '{Nearest.Cut(text)}' is no number; expected columns {string.Join(",", s_columns)}");
}
