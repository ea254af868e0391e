using System.Globalization;

namespace HkaFer.Data;

/// <summary>
/// The embedded generator: <c>faces:?seed=1&amp;count=700&amp;domain=shifted&amp;size=48</c>. Every split has
/// <c>count</c> faces of its own. <c>classes=compound</c> draws compound expressions.
/// </summary>
internal sealed class FacesReader : DatasetReader
{
    public override string Kind => "faces";

    public override IReadOnlyList<string> Keys { get; } = ["seed", "count", "domain", "size", "classes"];

    public override bool NeedsPath => false;

    public override IReadOnlyList<string> Splits(DataSource source) => [SplitName.Train, SplitName.Valid, SplitName.Test];

    public override ImageDataset Open(DataSource source, string split)
    {
        if (source.Path.Length > 0)
        {
            throw new HkaFerException($"faces: takes no path, got '{source.Path}'; write faces:?seed=1&count=700");
        }

        if (split == SplitName.All) throw SplitName.Missing(source, split, Splits(source), "Choose one of them.");
        var domain = source.Options.GetValueOrDefault("domain", "source") switch
        {
            "source" => FaceDomain.Source,
            "shifted" => FaceDomain.Shifted,
            string other => throw new HkaFerException($"faces: unknown domain '{other}'; {Nearest.Hint(other, ["source", "shifted"])}"),
        };
        // Splits never share a face: each has a seed of its own, and that of the training split is the one that was asked for.
        ulong seed = source.Seed("seed", 1);
        if (split != SplitName.Train) seed = PictureRng.Derive(seed, (ulong)SplitName.Order(split));
        return new FaceDataset(domain, seed, Whole(source, "count", 700, 1, 10_000_000),
            Whole(source, "size", 48, 16, FaceGenerator.MaxSize), split, source.Choice("classes", "basic", "compound") == "compound");
    }

    private static int Whole(DataSource source, string key, int fallback, int low, int high)
    {
        if (!source.Options.TryGetValue(key, out string? text)) return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= low && value <= high
            ? value
            : throw new HkaFerException($"faces: bad {key} '{text}'; expected a whole number from {low} to {high}");
    }
}
