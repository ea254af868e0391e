namespace HkaFer;

/// <summary>
/// A file that one owner holds at a time, across processes. The system lets go of it when the owner ends, however it ends, so a lock is never stale. It
/// binds programs that ask for it (on Unix all that use <c>flock</c>); on network file systems without locks it binds nobody.
/// </summary>
public sealed class FileLock : IDisposable
{
    // What the system says of a file that another holds: EWOULDBLOCK of Linux and macOS, and the sharing violation of Windows.
    private static readonly int[] s_held = [11, 35, unchecked((int)0x80070020)];
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes a lock. The file stays when it is given up: one that is deleted could be held by one process and made anew by another.</summary>
    /// <param name="path">The file; it and the folders on the way are made where they do not exist.</param>
    /// <returns>The lock, or null where another holds it.</returns>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static FileLock? TryTake(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
        }
        catch (IOException e) when (s_held.Contains(e.HResult))
        {
            return null;
        }
    }

    /// <summary>Gives it up.</summary>
    public void Dispose() => _file.Dispose();
}
