namespace HkaFer.Data;

/// <summary>
/// Sets part of the training data aside where a data set has no validation split: <c>valid=0.2&amp;seed=1</c>. The part has the same
/// share of each class, and depends on nothing but the seed and the sorted names.
/// </summary>
internal static class SplitCarver
{
    public static readonly string[] Keys = ["valid", "seed"];

    public static bool Wanted(DataSource source) => source.Options.ContainsKey("valid");

    /// <summary>The training or the validation part of samples.</summary>
    public static Sample[] Carve(DataSource source, Sample[] samples, string split)
    {
        double share = source.Number("valid", 0, 0.001, 0.999);
        ulong seed = source.Seed("seed", 0);
        bool wantsValid = split == SplitName.Valid;
        var kept = new List<Sample>();
        foreach (var group in samples.GroupBy(s => s.Label).OrderBy(g => g.Key))
        {
            Sample[] members = [.. group.OrderBy(s => s.Path, StringComparer.Ordinal)];
            var order = Shuffle.Order(members.Length, PictureRng.Derive(seed, (ulong)group.Key));
            int aside = (int)Math.Round(share * members.Length, MidpointRounding.AwayFromZero);
            kept.AddRange((wantsValid ? order[..aside] : order[aside..]).Order().Select(i => members[i]));
        }

        return kept.Count > 0 ? [.. kept] : throw new HkaFerException(
            FormattableString.Invariant(
                $"{source.Kind}: valid={share} leaves no picture for '{split}' out of {samples.Length}; choose another share"));
    }
}
