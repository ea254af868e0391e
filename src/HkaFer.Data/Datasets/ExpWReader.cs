using System.Globalization;

namespace HkaFer.Data;

/// <summary>
/// ExpW (Zhang et al. 2018): <c>label.lst</c> with a box and a number for each face; several faces in one picture. Nobody has published a split: 75 %,
/// 10 % and 15 % of the pictures by <c>seed</c>, so that the faces of one picture stay together.
/// </summary>
internal sealed class ExpWReader : DatasetReader
{
    private const int Faces = 91_793;

    private static readonly Numbering s_numbering = new(0, ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"], Numbering.Basic);

    public override string Kind => "expw";

    public override IReadOnlyList<string> Keys { get; } = ["seed"];

    public override IReadOnlyList<string> Splits(DataSource source)
    {
        ListOf(source);
        return [SplitName.Train, SplitName.Valid, SplitName.Test];
    }

    public override ImageDataset Open(DataSource source, string split)
    {
        if (!Splits(source).Contains(split)) throw SplitName.Missing(source, split, Splits(source), "They are drawn by seed=.");
        string list = ListOf(source);
        string pictures = ListedFile.First(Kind, source.Path, "image/origin", "image", "images", "origin");
        var rows = new List<(int Line, string Name, string Face, int Label, FaceBox Box)>();
        foreach (var (line, fields) in CsvFile.Rows(list, Kind))
        {
            string where = $"{Kind}: '{list}' line {line}";
            string[] words = string.Join(',', fields).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["image_name", ..]) continue;
            if (words.Length < 8) throw new HkaFerException($"{where}: {words.Length} columns; expected image_name face_id top left right bottom confidence label");
            double[] box = Array.ConvertAll(words[^6..^2], word => double.TryParse(word, CultureInfo.InvariantCulture, out double value)
                ? value
                : throw new HkaFerException($"{where}: '{Nearest.Cut(word)}' is no number; expected the box as top, left, right, bottom"));
            // Names of pictures hold blanks; what follows them does not.
            string name = ListedFile.Name(string.Join(' ', words[..^7]), where);
            rows.Add((line, name, words[^7], s_numbering.Label(words[^1], where)!.Value, new FaceBox(box[1], box[0], box[2], box[3], where)));
        }

        var taken = Taken([.. rows.Select(r => r.Name).Distinct().Order(StringComparer.Ordinal)], source.Seed("seed", 1), split);
        var samples = new SampleList(Kind, list);
        foreach (var row in rows)
        {
            if (taken.Contains(row.Name)) samples.Add(row.Line, ListedFile.Find(Path.Combine(pictures, row.Name)), row.Label, row.Face, () => row.Box);
        }

        // No split is published, so their sum is what can be compared.
        if (split == SplitName.Train && rows.Count != Faces) samples.Notes.Add($"'{list}' has {rows.Count:N0} faces; {Faces:N0} are published");
        return samples.ToDataset(split, s_numbering.Classes);
    }

    private static HashSet<string> Taken(string[] names, ulong seed, string split)
    {
        int[] order = Shuffle.Order(names.Length, PictureRng.Derive(seed));
        int train = (int)Math.Round(0.75 * names.Length), valid = (int)Math.Round(0.1 * names.Length);
        var part = split switch
        {
            SplitName.Train => order[..train],
            SplitName.Valid => order[train..(train + valid)],
            _ => order[(train + valid)..],
        };
        return [.. part.Select(i => names[i])];
    }

    private string ListOf(DataSource source) => ListedFile.First(Kind, source.Path, "label.lst", "label/label.lst");
}
