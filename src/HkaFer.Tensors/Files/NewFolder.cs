namespace HkaFer;

/// <summary>A folder that is written whole or not at all, and never over anything.</summary>
public static class NewFolder
{
    /// <summary>Writes it under another name and then puts it in place. What a killed program left under that name is removed first.</summary>
    /// <param name="output">The folder; it must not exist, or be empty.</param>
    /// <param name="write">Fills the folder that it is given.</param>
    /// <param name="owns">Whether a file, by its path in the folder with <c>/</c>, is one that <paramref name="write"/> makes.</param>
    /// <exception cref="HkaFerException">It exists and is not an empty folder, or cannot be written.</exception>
    public static void Write(string output, Action<string> write, Func<string, bool> owns)
    {
        Check(output);
        AtomicFolder.Replace(
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)),
            fresh =>
            {
                write(fresh);
                // Whoever put something there meanwhile shall find it.
                Check(output);
            },
            owns);
    }

    /// <summary>Refuses what <see cref="Write"/> would, before work that takes time.</summary>
    /// <param name="output">The folder.</param>
    /// <exception cref="HkaFerException">It exists and is not an empty folder.</exception>
    public static void Check(string output)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new HkaFerException($"{output}: exists and is not an empty folder; name another, or remove it first");
        }
    }
}
