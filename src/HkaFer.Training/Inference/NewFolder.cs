namespace HkaFer.Training;

/// <summary>A folder that is written whole or not at all, and never over anything.</summary>
internal static class NewFolder
{
    /// <summary>Writes it under another name and then puts it in place. What a killed program left under that name is removed first.</summary>
    /// <param name="output">The folder; it must not exist, or be empty.</param>
    /// <param name="write">Fills the folder that it is given.</param>
    /// <exception cref="HkaFerException">It exists and is not an empty folder.</exception>
    internal static void Write(string output, Action<string> write)
    {
        Check(output);
        AtomicFolder.Replace(Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)), write, Owns);
    }

    /// <summary>Refuses what <see cref="Write"/> would, before work that takes time.</summary>
    /// <param name="output">The folder.</param>
    /// <exception cref="HkaFerException">It exists and is not an empty folder.</exception>
    internal static void Check(string output)
    {
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new HkaFerException($"{output}: exists and is not an empty folder; name another, or remove it first");
        }
    }

    /// <summary>All that conversions and random checkpoints consist of, in the folder itself or in that of a backbone within.</summary>
    private static bool Owns(string path) => Path.GetFileName(path) is var name && (ModelFiles.IsOfBackbone(name) || ModelConverter.Beside.Contains(name)
        || name is AnsweringFiles.AskedName or "adapter_config.json" or "adapter_model.safetensors");
}
