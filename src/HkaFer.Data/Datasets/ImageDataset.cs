namespace HkaFer.Data;

/// <summary>One split of a data set: labelled pictures in a fixed order. Safe to read from several threads.</summary>
public abstract class ImageDataset
{
    /// <summary>A split with its classes.</summary>
    /// <param name="kind">What reads it, as in <c>KIND:PATH</c>.</param>
    /// <param name="split">Which split it is: <c>train</c>, <c>valid</c>, <c>test</c>, or <c>all</c> where there are none.</param>
    /// <param name="classes">Names of the classes; a label is an index into them.</param>
    protected ImageDataset(string kind, string split, IReadOnlyList<string> classes) => (Kind, Split, Classes) = (kind, split, classes);

    /// <summary>What reads it, as in <c>KIND:PATH</c>.</summary>
    public string Kind { get; }

    /// <summary>Which split it is.</summary>
    public string Split { get; }

    /// <summary>
    /// Names of the classes in use; a label is an index into them. Expressions have the program's names and label order, whatever the
    /// data set calls and numbers them.
    /// </summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>What somebody who looks at scores on this split should know about its lists: pictures that are named twice, or not scored as a list says.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>How many pictures there are.</summary>
    public abstract int Count { get; }

    /// <summary>Path and label of one picture; reads no pixels.</summary>
    public abstract Sample this[int index] { get; }

    /// <summary>What training does with the soft labels of the split.</summary>
    public virtual SoftLabelUse SoftLabelUse => SoftLabelUse.Distribution;

    /// <summary>
    /// The soft label of one picture, or null where it has none: one share a class, in the order of <see cref="Classes"/>, that sum to one. Only
    /// training looks at it; evaluation counts <see cref="Sample.Label"/>, the class with the largest share.
    /// </summary>
    public virtual IReadOnlyList<float>? SoftLabel(int index) => null;

    /// <summary>Decodes one picture.</summary>
    /// <exception cref="HkaFerException">It is missing or cannot be decoded; the message names it.</exception>
    public abstract Image Load(int index);

    /// <summary>Size of what <see cref="Source"/> would read from disk, without reading it; 0 where a picture has no file of its own.</summary>
    /// <exception cref="HkaFerException">The file is missing.</exception>
    public virtual long SourceBytes(int index) => 0;

    /// <summary>
    /// What a picture is made from: the bytes of its file, or for one without a file all that decides how it looks. Tells data sets apart.
    /// </summary>
    /// <exception cref="HkaFerException">The file cannot be read.</exception>
    public abstract byte[] Source(int index);

    /// <summary>Names the first picture that is missing, before an hour of training is spent on the others.</summary>
    /// <exception cref="HkaFerException">A file is missing.</exception>
    public void CheckFiles()
    {
        for (int i = 0; i < Count; i++) CheckFile(i);
    }

    /// <summary>Whether the file of one picture is there; pictures without files have nothing to check.</summary>
    /// <exception cref="HkaFerException">It is missing; the message names it and where it is listed.</exception>
    protected internal virtual void CheckFile(int index)
    {
    }

    /// <summary>Names the first class that has no picture: no model could learn it.</summary>
    /// <exception cref="HkaFerException">There is one.</exception>
    public void CheckClasses()
    {
        int none = Array.IndexOf([.. ClassCounts()], 0);
        if (none >= 0)
        {
            throw new HkaFerException(
                $"{Kind}: the class '{Classes[none]}' has no picture in the split '{Split}'; add some, or take the class out of the data");
        }
    }

    /// <summary>Some of the pictures.</summary>
    /// <param name="kept">Their positions, in the order that they are to have.</param>
    /// <param name="split">What the part is called, where it is a split of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    public ImageDataset Part(IReadOnlyList<int> kept, string? split = null)
    {
        ArgumentNullException.ThrowIfNull(kept);
        foreach (int index in kept)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(kept));
        }

        return new FilteredDataset(this, [.. kept], split);
    }

    /// <summary>How many pictures each class has, in the order of <see cref="Classes"/>.</summary>
    public IReadOnlyList<int> ClassCounts()
    {
        var counts = new int[Classes.Count];
        for (int i = 0; i < Count; i++) counts[this[i].Label]++;
        return counts;
    }
}
