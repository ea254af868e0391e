namespace HkaFer.Data;

/// <summary>A split whose pictures are files.</summary>
internal sealed class FileDataset(string kind, string split, IReadOnlyList<string> classes, Sample[] samples, string origin)
    : ImageDataset(kind, split, classes)
{
    private FileStamp[]? _stamps;

    public override int Count => samples.Length;

    public override Sample this[int index] => samples[index];

    public override Image Load(int index) => FileCheck.Decode(samples[index].Path, _stamps?[index]);

    public override void CheckFiles() => _stamps = FileCheck.Stamps(samples, (i, problem) => new HkaFerException(
        $"{Kind}: picture {problem}: '{samples[i].Path}', which {origin} lists; restore it or take it off the list"));
}
