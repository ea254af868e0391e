namespace HkaFer.Data;

/// <summary>
/// The other form of FERPlus that people have: votes in <c>fer2013new.csv</c>, pixels in the original <c>fer2013.csv</c>, line for line.
/// Its votes differ a little from those of the folders' <c>label.csv</c>.
/// </summary>
internal sealed class FerPlusPixels : ImageDataset
{
    private const int Side = 48;

    private readonly List<Sample> _samples = [];
    private readonly List<byte[]> _grey = [];

    private readonly List<float[]> _shares = [];
    private readonly FerPlusRule _rule;

    private FerPlusPixels(string split, FerPlusRule rule) : base("ferplus", split, Expressions.Names) => _rule = rule;

    public override int Count => _samples.Count;

    public override Sample this[int index] => _samples[index];

    public override SoftLabelUse SoftLabelUse => FerPlusReader.UseOf(_rule);

    public override IReadOnlyList<float>? SoftLabel(int index) => _rule == FerPlusRule.Majority ? null : _shares[index];

    public static bool Present(string folder) => File.Exists(Votes(folder)) && File.Exists(Pixels(folder));

    /// <summary>Reads a split; its faces stay in memory as grey bytes (66 MB for the training split).</summary>
    public static FerPlusPixels Read(string folder, string split, FerPlusRule rule)
    {
        var result = new FerPlusPixels(split, rule);
        using var votes = CsvFile.Rows(Votes(folder), "ferplus").GetEnumerator();
        using var pixels = CsvFile.Rows(Pixels(folder), "ferplus").GetEnumerator();
        int pixelColumn = Header(pixels, Pixels(folder), "pixels")[0];
        var voteColumns = Header(votes, Votes(folder), "usage", "image name", "neutral");
        while (votes.MoveNext())
        {
            var (line, row) = votes.Current;
            if (!pixels.MoveNext())
            {
                throw new HkaFerException(
                    $"ferplus: '{Pixels(folder)}' ends before line {line} of fer2013new.csv; both must come from the same release");
            }

            if (row.Length < voteColumns[2] + FerPlusVotes.Count)
            {
                throw new HkaFerException(
                    $"ferplus: '{Votes(folder)}' line {line}: expected {voteColumns[2] + FerPlusVotes.Count} columns, got {row.Length}");
            }

            string name = row[voteColumns[1]];
            // A line without a name is not a face.
            if (name.Length == 0 || SplitOf(row[voteColumns[0]]) != split) continue;
            if (FerPlusVotes.Label(FerPlusVotes.Parse(row.AsSpan(voteColumns[2]), Votes(folder), line), rule) is not { } label) continue;
            result._samples.Add(new Sample(name, label.Label));
            if (label.Shares is not null) result._shares.Add(label.Shares);
            result._grey.Add(ParsePixels(pixels.Current, pixelColumn, Pixels(folder)));
        }

        if (pixels.MoveNext())
        {
            throw new HkaFerException(
                $"ferplus: '{Pixels(folder)}' goes on after the last line of fer2013new.csv; both must come from the same release");
        }

        return result.Count > 0 ? result : throw new HkaFerException(
            $"ferplus: '{Votes(folder)}' lists no face for '{split}' that labels={FerPlusReader.NameOf(rule)} keeps");
    }

    public override byte[] Source(int index) => _grey[index];

    public override Image Load(int index)
    {
        var grey = _grey[index];
        var rgb = new byte[3 * grey.Length];
        for (int i = 0; i < grey.Length; i++) rgb.AsSpan(3 * i, 3).Fill(grey[i]);
        return new Image(Side, Side, rgb);
    }

    private static string Votes(string folder) => Path.Combine(folder, "fer2013new.csv");

    private static string Pixels(string folder) => Path.Combine(folder, "fer2013.csv");

    private static string? SplitOf(string usage) => usage.ToLowerInvariant() switch
    {
        "training" => SplitName.Train,
        "publictest" => SplitName.Valid,
        "privatetest" => SplitName.Test,
        _ => null,
    };

    /// <summary>Positions of columns; releases differ in their order and in blanks around the names.</summary>
    private static int[] Header(IEnumerator<(int Line, string[] Fields)> rows, string path, params ReadOnlySpan<string> names)
    {
        string[] header = rows.MoveNext() ? [.. rows.Current.Fields.Select(f => f.ToLowerInvariant())] : [];
        var at = new int[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            at[i] = Array.IndexOf(header, names[i]);
            if (at[i] < 0)
            {
                throw new HkaFerException(
                    $"ferplus: '{path}': no column '{names[i]}' in the header; got {string.Join(",", header.Take(12))}");
            }
        }

        return at;
    }

    private static byte[] ParsePixels((int Line, string[] Fields) row, int column, string path)
    {
        string text = column < row.Fields.Length ? row.Fields[column] : "";
        var grey = new byte[Side * Side];
        int count = 0;
        foreach (var range in text.AsSpan().Split(' '))
        {
            var part = text.AsSpan(range);
            if (part.IsEmpty) continue;
            if (count == grey.Length || !byte.TryParse(part, out grey[count]))
            {
                count = -1;
                break;
            }

            count++;
        }

        return count == grey.Length ? grey : throw new HkaFerException(
            $"ferplus: '{path}' line {row.Line}: expected {grey.Length} pixels from 0 to 255 ({Side} x {Side})");
    }
}
