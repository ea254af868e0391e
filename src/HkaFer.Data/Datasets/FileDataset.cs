namespace HkaFer.Data;

/// <summary>A split whose pictures are files.</summary>
internal sealed class FileDataset(string kind, string split, IReadOnlyList<string> classes, Sample[] samples, string origin)
    : ImageDataset(kind, split, classes)
{
    private readonly SampleFiles _files = new(samples);

    public override int Count => samples.Length;

    public override Sample this[int index] => samples[index];

    public override SoftLabelUse SoftLabelUse => Soft?.Use ?? base.SoftLabelUse;

    /// <summary>Soft labels beside the samples, where the split has some.</summary>
    internal SoftLabels? Soft { get; init; }

    public override IReadOnlyList<float>? SoftLabel(int index) => Soft?.Shares[index];

    public override Image Load(int index) => _files.Decode(index);

    public override long SourceBytes(int index) => FileCheck.Length(samples[index].Path);

    public override byte[] Source(int index) => FileCheck.ReadAll(samples[index].Path);

    protected internal override void CheckFile(int index)
    {
        if (_files.Note(index) is { } problem)
        {
            throw new HkaFerException(
                $"{Kind}: picture {problem}: '{samples[index].Path}', which {origin} lists; restore it or take it off the list");
        }
    }
}
