namespace HkaFer;

/// <summary>
/// Replacing a folder of files that belong together, so that a reader, or a crash, never meets half of one version and half of another, and
/// never nothing.
/// </summary>
/// <remarks>
/// The new version is written beside the folder as <c>NAME.new</c> and then takes its place in one step. Where the system cannot exchange two
/// folders (all but Linux), the old one steps aside as <c>NAME.old</c> first; <see cref="Current"/> finds it for readers, and <see cref="Recover"/> ends what was begun.
/// </remarks>
public static class AtomicFolder
{
    private const string Fresh = ".new", Old = ".old";

    /// <summary>Writes a folder whole or not at all.</summary>
    /// <param name="folder">The folder, replaced where it exists.</param>
    /// <param name="write">Writes the files into the folder that it is given, each with <see cref="AtomicFile"/>.</param>
    /// <exception cref="HkaFerException">It cannot be written; what was there before is still there.</exception>
    public static void Replace(string folder, Action<string> write) => Replace(folder, write, Posix.TryExchange);

    /// <summary>Where the content of a folder is: under its name, or where a crash left it.</summary>
    public static string Current(string folder) =>
        Directory.Exists(folder) ? folder
        : Directory.Exists(folder + Old) ? folder + Old
        : folder;

    /// <summary>Ends or takes back a replacement that a crash cut off. Call it where no other process can be writing.</summary>
    public static void Recover(string folder) => Guard(folder, () =>
    {
        string fresh = folder + Fresh, old = folder + Old;
        if (!Directory.Exists(folder) && Directory.Exists(old))
        {
            // The old version steps aside only when the new one is whole.
            Move(Directory.Exists(fresh) ? fresh : old, folder);
        }

        Discard(fresh);
        Discard(old);
    });

    internal static void Replace(string folder, Action<string> write, Func<string, string, bool> exchange)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(write);
        Recover(folder);
        string fresh = folder + Fresh;
        try
        {
            write(fresh);
        }
        catch (HkaFerException)
        {
            // Room for whoever has to go on with a full disk.
            Guard(folder, () => Discard(fresh));
            throw;
        }

        Guard(folder, () =>
        {
            Switch(folder, exchange);
            Posix.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(folder))!);
        });
        Recover(folder);
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

    private static void Discard(string folder)
    {
        if (Directory.Exists(folder))
        {
            FileSteps.Before("discard", folder);
            Directory.Delete(folder, recursive: true);
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
