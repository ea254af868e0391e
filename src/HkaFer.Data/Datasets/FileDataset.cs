namespace HkaFer.Data;

/// <summary>A split whose pictures are files.</summary>
internal sealed class FileDataset(string kind, string split, IReadOnlyList<string> classes, Sample[] samples, string origin)
    : ImageDataset(kind, split, classes)
{
    private readonly SampleFiles _files = new(samples);

    public override int Count => samples.Length;

    public override Sample this[int index] => samples[index];

    public override Image Load(int index) => _files.Decode(index);

    public override long SourceBytes(int index) => FileCheck.Length(samples[index].Path);

    public override byte[] Source(int index) => FileCheck.ReadAll(samples[index].Path);

    public override void CheckFiles()
    {
        for (int i = 0; i < Count; i++)
        {
            if (_files.Note(i) is { } problem)
            {
                throw new HkaFerException(
                    $"{Kind}: picture {problem}: '{samples[i].Path}', which {origin} lists; restore it or take it off the list");
            }
        }
    }
}
