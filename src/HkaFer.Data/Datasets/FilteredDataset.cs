namespace HkaFer.Data;

/// <summary>Some pictures of a split, in its order.</summary>
internal sealed class FilteredDataset(ImageDataset inner, int[] kept, string? split = null) : ImageDataset(inner.Kind, split ?? inner.Split, inner.Classes)
{
    public override IReadOnlyList<string> Notes => Remarks ?? inner.Notes;

    /// <summary>Notes instead of those of the whole split.</summary>
    internal IReadOnlyList<string>? Remarks { get; init; }

    public override int Count => kept.Length;

    public override Sample this[int index] => inner[kept[index]];

    public override SoftLabelUse SoftLabelUse => inner.SoftLabelUse;

    public override IReadOnlyList<float>? SoftLabel(int index) => inner.SoftLabel(kept[index]);

    public override Image Load(int index) => inner.Load(kept[index]);

    public override long SourceBytes(int index) => inner.SourceBytes(kept[index]);

    public override byte[] Source(int index) => inner.Source(kept[index]);

    protected internal override void CheckFile(int index) => inner.CheckFile(kept[index]);
}
