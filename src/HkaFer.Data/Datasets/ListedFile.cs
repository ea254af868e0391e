namespace HkaFer.Data;

/// <summary>Files that a list names: they lie in the data set's folder, and may have been stored under another extension.</summary>
internal static class ListedFile
{
    // The likeliest first: where pictures were converted, the old ones may lie beside. Where small and capital letters differ, old data sets write the capital ones.
    private static readonly string[] s_extensions = [".jpg", .. Image.Endings, ".JPG", ".PNG"];

    /// <summary>A name with <c>/</c> between its parts.</summary>
    /// <exception cref="HkaFerException">It is empty, holds what no name holds, or leads out of the folder.</exception>
    public static string Name(string name, string where)
    {
        string plain = name.Replace('\\', '/');
        if (plain.Length == 0 || plain.Contains('\0') || plain.Length > 1024)
        {
            throw new HkaFerException($"{where}: the name of the picture is empty or no text");
        }

        // A colon is a drive of Windows.
        if (Path.IsPathRooted(plain) || plain.Contains(':') || plain.Split('/').Contains(".."))
        {
            throw new HkaFerException($"{where}: '{Nearest.Cut(name)}' leads out of the data set; expected a name relative to its folder");
        }

        return plain;
    }

    /// <summary>
    /// The file of a name. People convert pictures and keep the lists: where there is none of this name, another extension will do. The content
    /// chooses the decoder anyway.
    /// </summary>
    /// <returns>The path as named where nothing is there under any extension.</returns>
    public static string Find(string path)
    {
        if (File.Exists(path)) return path;
        return s_extensions.Select(extension => Path.ChangeExtension(path, extension)).FirstOrDefault(File.Exists) ?? path;
    }

    /// <summary>The name without folders and extension: what lists of subsets go by.</summary>
    public static string Stem(string name) => Path.GetFileNameWithoutExtension(name);

    /// <summary>The first of some files or folders that is there.</summary>
    /// <exception cref="HkaFerException">None is.</exception>
    public static string First(string kind, string root, params IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Select(name => Path.Combine(root, name)).FirstOrDefault(Path.Exists)
            ?? throw new HkaFerException($"{kind}: nothing to read in '{root}'; expected {string.Join(" or ", all)}");
    }
}
