namespace HkaFer.Testing;

/// <summary>A folder of a test's own, deleted with it. Its name holds what paths of users hold.</summary>
public sealed class Scratch : IDisposable
{
    /// <summary>Makes the folder.</summary>
    /// <param name="below">Where; the system's place for temporary files if not given.</param>
    public Scratch(string? below = null)
    {
        Folder = Path.Combine(below ?? Path.GetTempPath(), $"hkafer tëst 顔 {Guid.NewGuid():N}");
        Directory.CreateDirectory(Folder);
    }

    /// <summary>The full path.</summary>
    public string Folder { get; }

    /// <summary>The full path of a file or folder in it.</summary>
    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>Writes a file and gives its full path.</summary>
    public string Write(string name, byte[] content)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Writes a UTF-8 file and gives its full path.</summary>
    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Fails where a file below is still open: only a sole owner may open it unshared.</summary>
    public void AllClosed()
    {
        foreach (string path in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
        {
            using var alone = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
