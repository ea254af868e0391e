using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>A data set as experiments use it: what it is called in tables, what chooses the epoch, and what is reported.</summary>
internal sealed class ExperimentData
{
    private static readonly Dictionary<string, string> s_titles = new(StringComparer.Ordinal)
    {
        ["rafdb"] = "RAF-DB",
        ["rafdb-compound"] = "RAF-DB compound",
        ["affectnet"] = "AffectNet",
        ["sfew"] = "SFEW 2.0",
        ["expw"] = "ExpW",
        ["ferplus"] = "FERPlus",
        ["affwild2"] = "Aff-Wild2",
        ["cexpr"] = "C-EXPR-DB",
    };

    private readonly Lazy<ImageDataset> _train, _scored;

    internal ExperimentData(string text)
    {
        Source = DataSource.Parse(text);
        IReadOnlyList<string> splits = Source.Splits();
        bool valid = splits.Contains("valid"), test = splits.Contains("test");
        Chooses = valid && test;
        Scored = test ? "test" : valid ? "valid" : throw new HkaFerException(
            $"{text}: has no split to score on, only {string.Join(", ", splits)}; a table needs one: add it, or let part be set aside where the kind does (?valid=0.2)");
        _train = new Lazy<ImageDataset>(() => Source.Open(splits.Contains("train") ? "train" : throw new HkaFerException(
            $"{text}: has no split to train on, only {string.Join(", ", splits)}; add it")));
        _scored = new Lazy<ImageDataset>(() => Source.Open(Scored));
    }

    /// <summary>Where it is.</summary>
    internal DataSource Source { get; }

    /// <summary>Whether its validation split chooses the epoch, and its test split is reported.</summary>
    internal bool Chooses { get; }

    /// <summary>The split that is reported.</summary>
    internal string Scored { get; }

    /// <summary>Its name in tables: that of the literature, else of its file or folder.</summary>
    internal string Title => TitleOf(Source.Kind) ?? (Path.GetFileNameWithoutExtension(Source.Path.TrimEnd('/', '\\')) is { Length: > 0 } name ? name : Source.Kind);

    /// <summary>The classes that a model learns.</summary>
    internal IReadOnlyList<string> Classes => _train.Value.Classes;

    /// <summary>The pictures that are reported.</summary>
    internal ImageDataset ScoredPictures => _scored.Value;

    /// <summary>AffectNet trains on classes of very different size and is scored on equal ones.</summary>
    private bool IsBalanced => Source.Kind == "affectnet";

    /// <summary>What a recipe says of it.</summary>
    internal DataSettings Settings => new()
    {
        Train = Source.ToString(),
        Valid = Chooses ? "valid" : null,
        Test = Scored == "test" ? "test" : null,
        Sampling = IsBalanced ? Sampling.Balanced : Sampling.Shuffle,
    };

    /// <summary>What a reader of a table should know of it.</summary>
    internal IEnumerable<string> Notes
    {
        get
        {
            yield return Chooses
                ? $"{Title}: the validation split chooses the epoch, and the test split is reported ({ScoredPictures.Count:N0} pictures)"
                : $"{Title}: the last epoch is reported, on the {Scored} split ({ScoredPictures.Count:N0} pictures)";
            if (IsBalanced)
            {
                yield return $"{Title}: every class is drawn as often as every other in training (data.sampling=balanced), as its validation split is even; the paper does not say what it did";
            }

            if (Source.Kind == "affectnet" && Source.Options.GetValueOrDefault("classes") == "8")
            {
                yield return $"{Title}: eight classes; the paper's numbers are of seven";
            }

            if (Source.Kind == "ferplus")
            {
                yield return $"{Title}: majority labels, which leave 25,045 / 3,191 / 3,137 pictures; the paper prints the unfiltered 28,709 / 3,589 / 3,589, and whether its numbers are of the filtered set is not known";
            }

            if (Source.Kind == "expw")
            {
                yield return $"{Title}: 75, 10 and 15 % of the pictures, drawn by seed ({Source.Options.GetValueOrDefault("seed", "1")}); which ones the paper drew is not known";
            }
        }
    }

    /// <summary>A data set's name in the literature, or null.</summary>
    internal static string? TitleOf(string kind) => s_titles.GetValueOrDefault(kind);

    /// <summary>The occluded or turned faces among the pictures that are reported.</summary>
    /// <param name="subset"><c>occlusion</c>, <c>pose30</c> or <c>pose45</c>.</param>
    /// <param name="lists">The folder with the published lists.</param>
    internal ImageDataset Subset(string subset, string lists) => With(("subset", subset), ("list", lists)).Open(Scored);

    /// <summary>The same pictures under other options; null takes one away.</summary>
    internal DataSource With(params IReadOnlyList<(string Key, string? Value)> options)
    {
        string[] all =
        [
            .. Source.Options.Where(own => options.All(o => o.Key != own.Key)).Select(own => $"{own.Key}={own.Value}"),
            .. options.Where(o => o.Value is not null).Select(o => $"{o.Key}={o.Value}"),
        ];
        return DataSource.Parse($"{Source.Kind}:{Source.Path}{(all.Length == 0 ? "" : $"?{string.Join('&', all)}")}");
    }
}
