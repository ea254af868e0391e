using System.Text.RegularExpressions;

namespace HkaFer;

/// <summary>Writing files so that a reader, or a crash, never meets half of one: temporary name, sync, rename.</summary>
public static partial class AtomicFile
{
    /// <summary>Longest part of a file's name in that of the temporary one: file systems take 255 bytes, and a letter has up to four.</summary>
    private const int Readable = 40;

    /// <summary>Writes a file whole or not at all; folders on the way are made.</summary>
    /// <param name="path">The file, replaced where it exists: who may read it stays so, and a link goes on leading to it.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="HkaFerException">The file cannot be written; what was there before is still there.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string? temporary = null;
        try
        {
            string full = Target(Path.GetFullPath(path)), folder = Path.GetDirectoryName(full)!;
            temporary = Path.Combine(folder, TemporaryName(Path.GetFileName(full)));
            MakeFolder(folder);
            FileSteps.Before("create", temporary);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                if (!OperatingSystem.IsWindows() && File.Exists(full))
                {
                    File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(full));
                }

                write(stream);
                FileSteps.Before("sync", temporary);
                stream.Flush(flushToDisk: true);
            }

            FileSteps.Before("rename", full);
            File.Move(temporary, full, overwrite: true);
            FileSteps.Before("sync folder", folder);
            Posix.SyncFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            throw WriteError.Of(path, e);
        }
        catch
        {
            Discard(temporary);
            throw;
        }
    }

    /// <summary>As <see cref="Write(string, Action{Stream})"/> for UTF-8 text.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Gives a file that is whole its name: sync, rename, sync of the folder.</summary>
    /// <param name="from">The file, on the same disk.</param>
    /// <param name="to">Its name, replaced where it exists (a link itself, not what it leads to); folders on the way are made.</param>
    /// <exception cref="HkaFerException">It cannot be; what was there before is still there.</exception>
    public static void Move(string from, string to)
    {
        ArgumentException.ThrowIfNullOrEmpty(from);
        ArgumentException.ThrowIfNullOrEmpty(to);
        string full = Path.GetFullPath(to), folder = Path.GetDirectoryName(full)!;
        try
        {
            MakeFolder(folder);
            FileSteps.Before("sync", from);
            using (var stream = new FileStream(from, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0))
            {
                stream.Flush(flushToDisk: true);
            }

            FileSteps.Before("rename", full);
            File.Move(from, full, overwrite: true);
            FileSteps.Before("sync folder", folder);
            Posix.SyncFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteError.Of(to, e);
        }
    }

    /// <summary>Removes a file, where there is one.</summary>
    /// <exception cref="HkaFerException">It cannot be removed.</exception>
    public static void Delete(string path)
    {
        try
        {
            FileSteps.Before("delete", path);
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // As good as removed.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteError.Of(path, e);
        }
    }

    /// <summary>Removes what killed processes left in a folder under temporary names. Call it where no other process can be writing.</summary>
    /// <param name="folder">Looked through without its subfolders; need not exist.</param>
    public static void RemoveLeftovers(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (string path in Directory.EnumerateFiles(folder, "*.tmp").Where(IsTemporary))
        {
            Discard(path);
        }
    }

    /// <summary>Whether a name is that of a file that was being written, by whatever process.</summary>
    public static bool IsTemporary(string path) => TemporaryForm().IsMatch(path);

    private static string Target(string full) =>
        new FileInfo(full) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : full;

    private static string TemporaryName(string name) =>
        $"{(name.Length <= Readable ? name : $"{name[..Readable]}{name.GetHashCode(StringComparison.Ordinal):x8}")}.{Environment.ProcessId}.tmp";

    /// <summary>Makes a folder and those above it, so that they too outlive a loss of power.</summary>
    internal static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        if (Path.GetDirectoryName(folder) is { } above)
        {
            MakeFolder(above);
            FileSteps.Before("make folder", folder);
            Directory.CreateDirectory(folder);
            Posix.SyncFolder(above);
        }
    }

    private static void Discard(string? temporary)
    {
        if (temporary is null)
        {
            return;
        }

        try
        {
            FileSteps.Before("discard", temporary);
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that brought us here is the one to report.
        }
    }

    [GeneratedRegex(@"\.\d+\.tmp$")]
    private static partial Regex TemporaryForm();
}
