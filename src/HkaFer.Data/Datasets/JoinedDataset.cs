namespace HkaFer.Data;

/// <summary>
/// Several data sets as one, one after another. Its classes are those of all: expressions in the program's order, others in the order in which they are
/// met. Soft labels are not carried over.
/// </summary>
public sealed class JoinedDataset : ImageDataset
{
    private readonly ImageDataset[] _parts;
    private readonly int[] _starts;
    private readonly int[][] _labels;

    /// <summary>Joins data sets.</summary>
    /// <param name="parts">At least one.</param>
    public JoinedDataset(params IReadOnlyList<ImageDataset> parts)
        : base(KindOf(parts), parts[0].Split, ClassesOf(parts))
    {
        _parts = [.. parts];
        _starts = [.. parts.Select((_, i) => parts.Take(i).Sum(part => part.Count))];
        _labels = [.. parts.Select(part => part.Classes.Select(name => Enumerable.Range(0, Classes.Count).First(i => Classes[i] == name)).ToArray())];
        Count = parts.Sum(part => part.Count);
    }

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes => [.. _parts.SelectMany(part => part.Notes)];

    /// <inheritdoc/>
    public override Sample this[int index]
    {
        get
        {
            (int part, int at) = Find(index);
            Sample sample = _parts[part][at];
            return sample with { Label = _labels[part][sample.Label] };
        }
    }

    /// <inheritdoc/>
    public override Image Load(int index) => _parts[Find(index).Part].Load(Find(index).Index);

    /// <inheritdoc/>
    public override long SourceBytes(int index) => _parts[Find(index).Part].SourceBytes(Find(index).Index);

    /// <inheritdoc/>
    public override byte[] Source(int index) => _parts[Find(index).Part].Source(Find(index).Index);

    /// <inheritdoc/>
    protected internal override void CheckFile(int index)
    {
        (int part, int at) = Find(index);
        _parts[part].CheckFile(at);
    }

    private (int Part, int Index) Find(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        int part = Array.FindLastIndex(_starts, start => start <= index);
        return (part, index - _starts[part]);
    }

    private static string KindOf(IReadOnlyList<ImageDataset> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentOutOfRangeException.ThrowIfZero(parts.Count);
        return string.Join(" + ", parts.Select(part => part.Kind));
    }

    private static string[] ClassesOf(IReadOnlyList<ImageDataset> parts)
    {
        string[] all = [.. parts.SelectMany(part => part.Classes).Distinct(StringComparer.Ordinal)];
        int Place(string name) => Enumerable.Range(0, Expressions.Names.Count).FirstOrDefault(i => Expressions.Names[i] == name, Expressions.Names.Count);
        return [.. all.OrderBy(Place)];
    }
}
