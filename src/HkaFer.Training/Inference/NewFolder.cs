namespace HkaFer.Training;

/// <summary>A folder that is written whole or not at all, and never over anything.</summary>
internal static class NewFolder
{
    /// <summary>Writes it under another name and then puts it in place.</summary>
    /// <param name="output">The folder; it must not exist, or be empty.</param>
    /// <param name="write">Fills the folder that it is given.</param>
    /// <exception cref="HkaFerException">It exists and is not an empty folder.</exception>
    internal static void Write(string output, Action<string> write)
    {
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new HkaFerException($"{output}: exists and is not an empty folder; name another, or remove it first");
        }

        string fresh = $"{folder}.{Guid.NewGuid():N}.partial";
        try
        {
            write(fresh);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder);
            }

            Directory.Move(fresh, folder);
        }
        finally
        {
            if (Directory.Exists(fresh))
            {
                Directory.Delete(fresh, recursive: true);
            }
        }
    }
}
