namespace HkaFer.Data;

/// <summary>What is known of FERPlus beside its labels: published counts, and faces that the majority keeps by a hair.</summary>
internal static class FerPlusDoubts
{
    /// <summary>The rule keeps a face above one half; up to this share of the votes it counts as doubtful.</summary>
    private const double Sure = 0.6;

    /// <summary>What another expression has in its favour.</summary>
    /// <param name="Suspect">The expression with the second most votes.</param>
    /// <param name="Entropy">Of the votes that count, in bits.</param>
    /// <param name="Detail">The votes.</param>
    public readonly record struct Doubt(string Suspect, double Entropy, string Detail);

    /// <summary>Pictures that the literature counts under the majority rule; the votes of the two releases differ.</summary>
    public static int Published(string split, bool folders) => (split, folders) switch
    {
        (SplitName.Train, true) => 25_045,
        (SplitName.Valid, true) => 3_191,
        (_, true) => 3_137,
        (SplitName.Train, false) => 25_060,
        (SplitName.Valid, false) => 3_199,
        _ => 3_153,
    };

    /// <summary>The doubtful faces of a list that has been read without fault, by file name.</summary>
    /// <param name="folder">The data set's folder.</param>
    /// <param name="list">The split's <c>label.csv</c>; <c>fer2013new.csv</c> in the folder where there is none.</param>
    public static IReadOnlyDictionary<string, Doubt> Read(string folder, string list)
    {
        var doubts = new Dictionary<string, Doubt>(StringComparer.Ordinal);
        string file = File.Exists(list) ? list : Path.Combine(folder, "fer2013new.csv");
        (int name, int votes) = (0, 2);
        foreach (var (line, fields) in CsvFile.Rows(file, "ferplus"))
        {
            // What is no face is a header.
            if (fields.Length < Math.Max(votes + FerPlusVotes.Count, name + 1) || !int.TryParse(fields[votes], out _))
            {
                name = Math.Max(0, Array.FindIndex(fields, f => f.Equals("image name", StringComparison.OrdinalIgnoreCase)));
                votes = Array.FindIndex(fields, f => f.Equals("neutral", StringComparison.OrdinalIgnoreCase)) is > 0 and var first ? first : votes;
            }
            else if (Of(FerPlusVotes.Parse(fields.AsSpan(votes), file, line)) is { } doubt)
            {
                doubts[fields[name]] = doubt;
            }
        }

        return doubts;
    }

    /// <summary>The doubt about votes, or null where they are clear or the face is dropped anyway.</summary>
    public static Doubt? Of(ReadOnlySpan<int> votes)
    {
        if (FerPlusVotes.Majority(votes) is not { } best) return null;
        int sum = 0, second = -1;
        for (int i = 0; i < votes.Length; i++)
        {
            // Single votes are slips, here as in the rule.
            if (votes[i] <= 1) continue;
            sum += votes[i];
            if (i != best && i < Expressions.Names.Count && (second < 0 || votes[i] > votes[second])) second = i;
        }

        if (second < 0 || votes[best] > Sure * sum) return null;
        double entropy = 0;
        foreach (int vote in votes) entropy -= vote > 1 ? (double)vote / sum * Math.Log2((double)vote / sum) : 0;
        return new Doubt(
            Expressions.Names[second], entropy,
            $"{votes[best]} of {sum} votes are for {Expressions.Names[best]}, {votes[second]} for {Expressions.Names[second]}");
    }
}
