namespace HkaFer.Models;

/// <summary>A model of the hub in the cache, whole: all files of it that this program reads.</summary>
/// <param name="Id">The repository, as <c>facebook/dinov2-small</c>.</param>
/// <param name="Revision">The branch, tag or commit that was asked for.</param>
/// <param name="Commit">The commit that it stands for, 40 hexadecimal digits.</param>
/// <param name="Folder">Where the files are: a checkpoint folder.</param>
/// <param name="Files">What it holds of them.</param>
public sealed record HubSnapshot(string Id, string Revision, string Commit, string Folder, IReadOnlyList<HubFile> Files)
{
    /// <summary>The id with the commit: means the same files for ever.</summary>
    public string PinnedId => $"{Id}@{Commit}";
}
