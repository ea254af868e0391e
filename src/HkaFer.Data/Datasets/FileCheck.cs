namespace HkaFer.Data;

/// <summary>Whether files can be read, without reading them.</summary>
internal static class FileCheck
{
    /// <summary>Opens a file and closes it again: the only question that also answers for links to nothing and for missing rights.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stamp">Length in bytes and time of the last change in ticks; zeros where it cannot be read.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Problem(string path, out (long Length, long Written) stamp)
    {
        stamp = default;
        try
        {
            if (HoldsNothing(path)) return "empty";
            using var handle = File.OpenHandle(path);
            stamp = (RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle).Ticks);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "missing";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"unreadable ({e.Message})";
        }
    }

    /// <summary>
    /// Whether a file is there that holds nothing: an empty one, or a pipe or a device, which have no length either. Those must not even be opened:
    /// a pipe that nobody writes to would wait for ever.
    /// </summary>
    public static bool HoldsNothing(string path)
    {
        var file = new FileInfo(path);
        return (file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true)) is FileInfo { Exists: true, Length: 0 };
    }
}
