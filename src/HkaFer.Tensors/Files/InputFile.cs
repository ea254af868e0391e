namespace HkaFer;

/// <summary>Reading files that come from outside: what looks like a file may be a pipe that nobody writes to, which would wait for ever.</summary>
public static class InputFile
{
    /// <summary>
    /// Whether a file is there that holds nothing: an empty one, or a pipe or a device, which have no length either. Those must not even be opened.
    /// </summary>
    public static bool HoldsNothing(string path)
    {
        var file = new FileInfo(path);
        return (file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true)) is FileInfo { Exists: true, Length: 0 };
    }

    /// <summary>Opens a file for reading; one that holds nothing is an empty stream.</summary>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static Stream OpenRead(string path) =>
        HoldsNothing(path) ? Stream.Null : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
}
