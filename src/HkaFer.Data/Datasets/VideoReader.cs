using System.Globalization;

namespace HkaFer.Data;

/// <summary>
/// Videos whose frames are labelled one by one: a text a video (a header, then one number a frame, line i for frame i from 1) and its frames in
/// <c>cropped_aligned/&lt;video&gt;/00001.jpg</c>. Aff-Wild2 (Kollias and Zafeiriou 2019) and C-EXPR-DB (Kollias 2023).
/// </summary>
internal sealed class VideoReader : DatasetReader
{
    private static readonly string[] s_basic = ["skip", "neutral", "anger", "disgust", "fear", "happiness", "sadness", "surprise", "other"];

    private static readonly string[] s_compound =
        ["fearfully surprised", "happily surprised", "sadly surprised", "disgustedly surprised", "angrily surprised", "sadly fearful", "sadly angry"];

    private readonly bool _compound;

    public VideoReader(bool compound) => _compound = compound;

    public override string Kind => _compound ? "cexpr" : "affwild2";

    public override IReadOnlyList<string> Keys => _compound ? [] : ["classes"];

    public override IReadOnlyList<string> Splits(DataSource source) => [.. Texts(source).Keys.OrderBy(SplitName.Order)];

    public override ImageDataset Open(DataSource source, string split)
    {
        var texts = Texts(source);
        if (!texts.TryGetValue(split, out string? folder)) throw SplitName.Missing(source, split, Splits(source), "There is one folder of texts for each.");
        var numbering = _compound ? new Numbering(-1, ["skip", .. s_compound], s_compound)
            : new Numbering(-1, s_basic, source.Choice("classes", "8", "7") == "7" ? Numbering.Basic : [.. Numbering.Basic, "other"]);
        string pictures = ListedFile.First(Kind, source.Path, "cropped_aligned", "cropped_aligned_images", "cropped", "images");
        var samples = new SampleList(Kind, folder);
        int absent = 0;
        string first = "";
        foreach (string text in Directory.GetFiles(folder, "*.txt").Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal))
        {
            string frames = Path.Combine(pictures, ListedFile.Stem(text));
            if (!Directory.Exists(frames)) throw new HkaFerException($"{Kind}: frames missing: '{frames}', whose labels are in '{text}'; restore them or take the text away");
            var files = Directory.EnumerateFiles(frames).Where(Image.HasEnding).ToLookup(ListedFile.Stem, StringComparer.Ordinal);
            foreach (var (frame, label) in Frames(text, numbering))
            {
                string name = frame.ToString("D5", CultureInfo.InvariantCulture);
                if (files[name].Order(StringComparer.Ordinal).FirstOrDefault() is { } file) samples.Add(frame, file, label);
                else if (absent++ == 0) first = Path.Combine(frames, name);
            }
        }

        // The published crops lack the frames in which no face was found.
        if (absent > 0) samples.Notes.Add($"{absent:N0} labelled frames have no picture and are left out; the first is '{first}.jpg'");
        return samples.ToDataset(split, numbering.Classes);
    }

    /// <summary>Frame numbers, from 1, and labels; frames without a class in use are left out.</summary>
    private IEnumerable<(int Frame, int Label)> Frames(string text, Numbering numbering)
    {
        int header = 0;
        foreach (var (line, fields) in CsvFile.Rows(text, Kind))
        {
            // The names of the classes; some texts lack them.
            if (line == 1 && (fields.Length > 1 || !fields[0].All(c => char.IsAsciiDigit(c) || c is '-' or '+')))
            {
                header = 1;
                continue;
            }

            string where = $"{Kind}: '{text}' line {line}";
            if (fields.Length != 1) throw new HkaFerException($"{where}: {fields.Length} columns; expected one number a frame");
            if (numbering.Label(fields[0], where) is { } label) yield return (line - header, label);
        }
    }

    /// <summary>The folder of texts of each split.</summary>
    private Dictionary<string, string> Texts(DataSource source)
    {
        if (_compound) return new() { [SplitName.Test] = ListedFile.First(Kind, source.Path, "annotations", "labels") };
        (string Split, string Folder)[] names = [(SplitName.Train, "Train_Set"), (SplitName.Valid, "Validation_Set")];
        // Beside the expressions lie the texts of action units and valence, in folders of the same names.
        foreach (string parent in Directory.Exists(source.Path) ? Parents(source.Path) : [])
        {
            var found = names.Where(n => Directory.Exists(Path.Combine(parent, n.Folder))).ToDictionary(n => n.Split, n => Path.Combine(parent, n.Folder));
            if (found.Count > 0) return found;
        }

        throw new HkaFerException($"{Kind}: nothing to read in '{source.Path}'; expected Train_Set or Validation_Set with a text for each video, in a folder whose name begins with EXPR");
    }

    private static IEnumerable<string> Parents(string root) =>
    [
        .. Expressions(root), .. Directory.GetDirectories(root).Order(StringComparer.Ordinal).SelectMany(Expressions), Path.Combine(root, "annotations"), root,
    ];

    private static IEnumerable<string> Expressions(string folder) => Directory.GetDirectories(folder, "EXPR*").Order(StringComparer.Ordinal);
}
