namespace HkaFer.Data;

/// <summary>Whether files can be read, without reading them.</summary>
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
            if (FileStamp.HoldsNothing(path)) return "empty";
            using var handle = File.OpenHandle(path);
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
}
