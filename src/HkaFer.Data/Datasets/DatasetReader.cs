namespace HkaFer.Data;

/// <summary>Reads one kind of data set. A new kind is a class and a line in <see cref="All"/>.</summary>
internal abstract class DatasetReader
{
    /// <summary>Every kind there is.</summary>
    public static IReadOnlyList<DatasetReader> All { get; } =
    [
        new FerPlusReader(), new RafDbReader(compound: false), new RafDbReader(compound: true), new AffectNetReader(), new ExpWReader(), new SfewReader(),
        new VideoReader(compound: false), new VideoReader(compound: true), new FolderReader(), new PicturesReader(), new CsvReader(), new FacesReader(),
    ];

    /// <summary>The reader of a kind, or null.</summary>
    public static DatasetReader? Named(string kind) => All.FirstOrDefault(r => r.Kind == kind);

    public abstract string Kind { get; }

    /// <summary>The option keys that it takes.</summary>
    public abstract IReadOnlyList<string> Keys { get; }

    /// <summary>The published subsets of what it scores, or null.</summary>
    public virtual SubsetLists? Subsets => null;

    public virtual bool NeedsPath => true;

    /// <summary>The splits that are there.</summary>
    public abstract IReadOnlyList<string> Splits(DataSource source);

    /// <summary>Reads the list of a split; the files on it may be missing.</summary>
    public abstract ImageDataset Open(DataSource source, string split);

    /// <summary>How many pictures the literature counts in a split, or null where it counts none.</summary>
    public virtual int? Published(DataSource source, string split) => null;

    /// <summary>How many pictures of each class the literature counts in a split, or null where it does not say.</summary>
    public virtual IReadOnlyDictionary<string, int>? PublishedClasses(DataSource source, string split) => null;

    /// <summary>Pictures whose own votes leave doubt about the label, by file name; none where people did not vote.</summary>
    public virtual IReadOnlyDictionary<string, VoteDoubt> Doubts(DataSource source, string split) =>
        new Dictionary<string, VoteDoubt>();
}
