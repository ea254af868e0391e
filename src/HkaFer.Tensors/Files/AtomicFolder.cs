namespace HkaFer;

/// <summary>
/// Replacing a folder of files that belong together, so that a reader, or a crash, never meets half of one version and half of another, and
/// never nothing.
/// </summary>
/// <remarks>
/// The new version is written beside the folder as <c>NAME.hkafer-new</c> and then takes its place in one step. Where the system cannot exchange two
/// folders (all but Linux), the old one steps aside as <c>NAME.hkafer-old</c> first; <see cref="Current"/> finds it for readers, and <see cref="Recover"/> ends what was begun.
/// Only files that the caller says are its own are ever deleted; what else lies in a version that gives way moves into the one that stays.
/// </remarks>
public static class AtomicFolder
{
    /// <summary>What the names of a version that is being written, and of one that has stepped aside, end in.</summary>
    public const string Fresh = ".hkafer-new", Old = ".hkafer-old";

    /// <summary>Writes a folder whole or not at all.</summary>
    /// <param name="folder">The folder, replaced where it exists.</param>
    /// <param name="write">Writes the files into the folder that it is given, each with <see cref="AtomicFile"/>.</param>
    /// <param name="owns">Whether a file, by its path in the folder with <c>/</c>, is one that <paramref name="write"/> makes.</param>
    /// <exception cref="HkaFerException">It cannot be written; what was there before is still there.</exception>
    public static void Replace(string folder, Action<string> write, Func<string, bool> owns) => Replace(folder, write, owns, Posix.TryExchange);

    /// <summary>Where the content of a folder is: under its name, or where a crash left it.</summary>
    public static string Current(string folder) =>
        Directory.Exists(folder) ? folder
        : Directory.Exists(folder + Old) ? folder + Old
        : folder;

    /// <summary>Ends or takes back a replacement that a crash cut off. Call it where no other process can be writing.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="owns">As for <see cref="Replace(string, Action{string}, Func{string, bool})"/>.</param>
    /// <exception cref="HkaFerException">The system does not let us.</exception>
    public static void Recover(string folder, Func<string, bool> owns) => Guard(folder, () =>
    {
        string fresh = folder + Fresh, old = folder + Old;
        if (!Directory.Exists(folder) && Directory.Exists(old))
        {
            // The old version steps aside only when the new one is whole.
            Move(Directory.Exists(fresh) ? fresh : old, folder);
        }

        Discard(fresh, folder, owns);
        Discard(old, folder, owns);
    });

    internal static void Replace(string folder, Action<string> write, Func<string, bool> owns, Func<string, string, bool> exchange)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(owns);
        Recover(folder, owns);
        string fresh = folder + Fresh;
        try
        {
            write(fresh);
        }
        catch (Exception e) when (e is HkaFerException or OperationCanceledException)
        {
            // Room for whoever has to go on with a full disk, and nothing left of what was stopped.
            Guard(folder, () => Discard(fresh, folder, owns));
            throw;
        }

        Guard(folder, () =>
        {
            Switch(folder, exchange);
            Posix.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(folder))!);
        });
        Recover(folder, owns);
    }

    private static void Switch(string folder, Func<string, string, bool> exchange)
    {
        string fresh = folder + Fresh;
        if (Directory.Exists(folder))
        {
            FileSteps.Before("exchange", folder);
            if (exchange(fresh, folder))
            {
                return;
            }

            Move(folder, folder + Old);
        }

        Move(fresh, folder);
    }

    private static void Move(string from, string to)
    {
        FileSteps.Before("move", from);
        Directory.Move(from, to);
    }

    /// <summary>Removes a version that gives way. What is not the caller's moves into the one that stays, or is left where no such thing can be done.</summary>
    private static void Discard(string version, string folder, Func<string, bool> owns)
    {
        if (Directory.Exists(version))
        {
            FileSteps.Before("discard", version);
            Discard(new DirectoryInfo(version), "", folder, owns);
        }
    }

    private static void Discard(DirectoryInfo place, string prefix, string folder, Func<string, bool> owns)
    {
        AtomicFile.RemoveLeftovers(place.FullName);
        foreach (FileSystemInfo entry in place.GetFileSystemInfos())
        {
            string path = prefix + entry.Name, target = Path.Combine(folder, path);
            if (entry is DirectoryInfo { LinkTarget: null } below)
            {
                Discard(below, path + "/", folder, owns);
            }
            else if (owns(path))
            {
                entry.Delete();
            }
            else if (Directory.Exists(folder) && !Path.Exists(target))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                Move(entry.FullName, target);
            }
        }

        if (!place.EnumerateFileSystemInfos().Any())
        {
            place.Delete();
        }
    }

    private static void Guard(string folder, Action change)
    {
        try
        {
            change();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteError.Of(folder, e);
        }
    }
}
