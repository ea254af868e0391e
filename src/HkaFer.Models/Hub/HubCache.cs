namespace HkaFer.Models;

/// <summary>A repository's folder in the hub's cache: <c>blobs</c> named by checksum, <c>snapshots</c> of commits that link to them, <c>refs</c> from branches to commits.</summary>
internal sealed class HubCache(HubSettings settings, HubName name)
{
    private readonly string _folder = Path.Combine(settings.Cache, FolderName(name));

    internal string Root => settings.Cache;

    internal static string FolderName(HubName name) => "models--" + name.Id.Replace("/", "--", StringComparison.Ordinal);

    internal string Snapshot(string commit) => Path.Combine(_folder, "snapshots", commit);

    internal string Blob(string checksum) => Path.Combine(_folder, "blobs", checksum);

    /// <summary>Where a file of a commit stands.</summary>
    internal string Place(string commit, string file) => Path.Combine(Snapshot(commit), file);

    /// <summary>The lock of a part of the repository: a blob's name, or <c>refs</c>.</summary>
    internal string Lock(string part) => Path.Combine(settings.Cache, ".locks", FolderName(name), $"{part}.lock");

    /// <summary>The revision's snapshot, if it is whole.</summary>
    /// <param name="missing">What is missing otherwise.</param>
    internal HubSnapshot? Find(out string missing)
    {
        missing = $"is not in the hub's cache ({settings.Cache})";
        if ((name.IsPinned ? name.Revision : ReadReference()) is not { } commit)
        {
            return null;
        }

        string folder = Snapshot(commit);
        if (!Directory.Exists(folder))
        {
            return null;
        }

        if (HubFiles.Missing(folder) is { } file)
        {
            missing = $"is in the hub's cache without a whole {file} ({folder})";
            return null;
        }

        HubFile[] files =
        [
            .. HubFiles.All(folder).Where(file => File.Exists(Path.Combine(folder, file)))
                .Select(file => new HubFile(file, Length(Path.Combine(folder, file)), Fetched: false)),
        ];
        return new HubSnapshot(name.Id, name.Revision, commit, folder, files);
    }

    /// <summary>Refuses a cache in which what is written would land elsewhere.</summary>
    internal void Check(string commit)
    {
        foreach (string folder in (string[])[Path.Combine(_folder, "blobs"), Path.Combine(_folder, "refs"), Path.Combine(_folder, "snapshots"), Snapshot(commit)])
        {
            if (new DirectoryInfo(folder).LinkTarget is { } target)
            {
                throw new HkaFerException($"{folder}: is a link (to {HubText.Clean(target)}), through which files would leave the cache; remove it");
            }
        }
    }

    /// <summary>Puts a blob into a snapshot: a relative link, as the hub's library makes it, or the file itself where the system makes no links.</summary>
    /// <param name="commit">The snapshot's.</param>
    /// <param name="file">A name without folders.</param>
    /// <param name="checksum">The blob's name.</param>
    /// <param name="isNew">Whether nothing else can hold the blob yet, so that it may move.</param>
    internal void Put(string commit, string file, string checksum, bool isNew)
    {
        string path = Place(commit, file), blob = Blob(checksum), target = Path.Combine("..", "..", "blobs", checksum);
        if (new FileInfo(path).LinkTarget == target)
        {
            return;
        }

        string link = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Snapshot(commit));
            settings.Link(link, target);
            File.Move(link, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            AtomicFile.Delete(link);
            if (isNew)
            {
                AtomicFile.Move(blob, path);
            }
            else
            {
                AtomicFile.Write(path, stream =>
                {
                    using FileStream from = File.OpenRead(blob);
                    from.CopyTo(stream);
                });
            }
        }
    }

    /// <summary>Notes which commit the revision stands for. Last of all: until then the revision is what it was before.</summary>
    internal void WriteReference(string commit)
    {
        if (!name.IsPinned && ReadReference() != commit)
        {
            AtomicFile.WriteText(Reference, commit);
        }
    }

    private string Reference => Path.Combine([_folder, "refs", .. name.Revision.Split('/')]);

    private string? ReadReference()
    {
        try
        {
            if (!File.Exists(Reference))
            {
                return null;
            }

            using var reader = new StreamReader(Reference);
            var text = new char[64];
            string commit = new string(text, 0, reader.ReadBlock(text)).Trim();
            return HubName.IsCommit(commit) ? commit : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{Reference}: cannot be read ({e.Message}); check the cache's permissions", e);
        }
    }

    /// <summary>Bytes of a file, or of the one that a link leads to; 0 where there is none.</summary>
    internal static long Length(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        FileSystemInfo file = new FileInfo(path);
        return ((FileInfo)(file.ResolveLinkTarget(returnFinalTarget: true) ?? file)).Length;
    }
}
