using System.Text;

namespace HkaFer.Data;

/// <summary>A split whose pictures are files, or faces in files.</summary>
internal sealed class FileDataset(string kind, string split, IReadOnlyList<string> classes, Sample[] samples, string origin)
    : ImageDataset(kind, split, classes)
{
    private SampleFiles _files = new([.. samples.Select(s => s.Path)]);

    public override int Count => samples.Length;

    public override Sample this[int index] => samples[index];

    public override SoftLabelUse SoftLabelUse => Soft?.Use ?? base.SoftLabelUse;

    /// <summary>Soft labels beside the samples, where the split has some.</summary>
    internal SoftLabels? Soft { get; init; }

    /// <summary>The files of the pictures, where those have other names: several faces in one file.</summary>
    internal IReadOnlyList<string> Files { init => _files = new(value); }

    /// <summary>Where in its file a face is, read from its annotation each time; the whole file where not given.</summary>
    internal Func<int, FaceRegion>? Region { get; init; }

    public override IReadOnlyList<string> Notes => Remarks;

    /// <summary>See <see cref="ImageDataset.Notes"/>.</summary>
    internal IReadOnlyList<string> Remarks { get; init; } = [];

    public override IReadOnlyList<float>? SoftLabel(int index) => Soft?.Shares[index];

    public override Image Load(int index)
    {
        var image = _files.Decode(index);
        return Region is null ? image : Region(index).Cut(image, samples[index].Path);
    }

    public override long SourceBytes(int index) => FileCheck.Length(_files[index]);

    public override byte[] Source(int index)
    {
        byte[] file = FileCheck.ReadAll(_files[index]);
        return Region is null ? file : [.. file, .. Encoding.UTF8.GetBytes(Region(index).ToString())];
    }

    protected internal override void CheckFile(int index)
    {
        if (_files.Note(index) is { } problem)
        {
            throw new HkaFerException(
                $"{Kind}: picture {problem}: '{_files[index]}', which {origin} lists; restore it or take it off the list");
        }

        // An annotation that cannot be read is told now and not in an hour.
        Region?.Invoke(index);
    }
}
