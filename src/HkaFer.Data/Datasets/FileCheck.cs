namespace HkaFer.Data;

/// <summary>Whether files can be read, and their bytes for telling whether they have changed.</summary>
internal static class FileCheck
{
    /// <summary>
    /// Opens a file and closes it again: the only question that also answers for links to nothing and for missing rights.
    /// </summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? Problem(string path)
    {
        try
        {
            if (InputFile.HoldsNothing(path)) return "empty";
            using var handle = File.OpenHandle(path);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "missing";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // An argument is what .NET calls a name that no file can have.
            return $"unreadable ({e.Message})";
        }
    }

    /// <summary>Size in bytes.</summary>
    /// <exception cref="HkaFerException">The file is gone or closed to us.</exception>
    public static long Length(string path) => Named(path, () => new FileInfo(path).Length);

    /// <summary>All bytes of a picture's file.</summary>
    /// <exception cref="HkaFerException">The file is gone, closed to us, or larger than a picture may be.</exception>
    public static byte[] ReadAll(string path) => Named(path, () => Length(path) <= ImageLimits.Default.MaxFileBytes
        ? File.ReadAllBytes(path)
        : throw new HkaFerException($"picture '{path}': {Length(path):N0} bytes are more than the limit of {ImageLimits.Default.MaxFileBytes:N0}; take it away"));

    private static T Named<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"picture '{path}': cannot be read ({e.Message}); restore it or take it off the list", e);
        }
    }
}
