namespace HkaFer.Data;

/// <summary>A split whose pictures are files.</summary>
internal sealed class FileDataset(string kind, string split, IReadOnlyList<string> classes, Sample[] samples, string origin)
    : ImageDataset(kind, split, classes)
{
    public override int Count => samples.Length;

    public override Sample this[int index] => samples[index];

    public override Image Load(int index) => Image.Decode(samples[index].Path);

    public override long SourceBytes(int index) => FileCheck.Length(samples[index].Path);

    public override byte[] Source(int index) => FileCheck.ReadAll(samples[index].Path);

    public override void CheckFiles()
    {
        foreach (var sample in samples)
        {
            if (FileCheck.Problem(sample.Path) is { } problem)
            {
                throw new HkaFerException(
                    $"{Kind}: picture {problem}: '{sample.Path}', which {origin} lists; restore it or take it off the list");
            }
        }
    }
}
