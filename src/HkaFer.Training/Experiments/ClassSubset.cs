using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>The pictures of a split whose classes a model knows, under the names of those classes.</summary>
internal sealed class ClassSubset : ImageDataset
{
    private readonly ImageDataset _inner;
    private readonly int[] _kept, _labels;

    private ClassSubset(ImageDataset inner, IReadOnlyList<string> classes, int[] kept)
        : base(inner.Kind, inner.Split, classes) =>
        (_inner, _kept, _labels) = (inner, kept, [.. inner.Classes.Select(name => Array.IndexOf([.. classes], name))]);

    public override int Count => _kept.Length;

    public override IReadOnlyList<string> Notes => _inner.Notes;

    public override Sample this[int index]
    {
        get
        {
            Sample sample = _inner[_kept[index]];
            return sample with { Label = _labels[sample.Label] };
        }
    }

    /// <summary>The pictures of the classes that both sides have, matched by name; the split itself where that is all.</summary>
    /// <exception cref="HkaFerException">No class is common to both.</exception>
    internal static ImageDataset Of(ImageDataset data, IReadOnlyList<string> labels)
    {
        string[] classes = [.. data.Classes.Where(labels.Contains)];
        if (classes.Length == data.Classes.Count)
        {
            return data;
        }

        bool[] known = [.. data.Classes.Select(labels.Contains)];
        int[] kept = [.. Enumerable.Range(0, data.Count).Where(i => known[data[i].Label])];
        return kept.Length > 0 ? new ClassSubset(data, classes, kept) : throw new HkaFerException(
            $"{data.Kind}: none of its classes ({string.Join(", ", data.Classes)}) is among the model's ({string.Join(", ", labels)}); score on data with the same names");
    }

    public override Image Load(int index) => _inner.Load(_kept[index]);

    public override long SourceBytes(int index) => _inner.SourceBytes(_kept[index]);

    public override byte[] Source(int index) => _inner.Source(_kept[index]);
}
