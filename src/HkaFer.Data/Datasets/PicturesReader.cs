using System.IO.Enumeration;

namespace HkaFer.Data;

/// <summary>
/// Every picture in a folder and the folders below it, in whatever order of folders: for pre-training, which wants no labels. Links to folders are not
/// followed, so that none can make it endless; links to pictures are.
/// </summary>
internal sealed class PicturesReader : DatasetReader
{
    /// <summary>The one class that all of them have.</summary>
    internal const string Class = "unlabelled";

    private static readonly EnumerationOptions s_below = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    public override string Kind => "pictures";

    public override IReadOnlyList<string> Keys => [];

    public override IReadOnlyList<string> Splits(DataSource source) => [SplitName.All];

    public override ImageDataset Open(DataSource source, string split)
    {
        if (!Directory.Exists(source.Path))
        {
            throw new HkaFerException($"pictures: no folder '{source.Path}'; check the path after pictures:");
        }

        if (split != SplitName.All)
        {
            throw SplitName.Missing(source, split, [SplitName.All], "Name the folder that holds these pictures.");
        }

        string root = Path.GetFullPath(source.Path);
        string[] files = [.. Below(root).Where(file => Image.HasEnding(file) && !Hidden(Path.GetRelativePath(root, file)))];
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0
            ? new FileDataset(Kind, split, [Class], Array.ConvertAll(files, file => new Sample(file, 0)), $"'{root}'")
            : throw new HkaFerException($"pictures: no picture in '{source.Path}' or below; expected .png, .jpg, .jpeg or .webp");
    }

    private static FileSystemEnumerable<string> Below(string root) => new(root, (ref FileSystemEntry entry) => entry.ToFullPath(), s_below)
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
        ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
    };

    // As systems and archivers leave them: ._face.png, .thumbnails/, __MACOSX/.
    private static bool Hidden(string path) => path.Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.') || part == "__MACOSX");
}
