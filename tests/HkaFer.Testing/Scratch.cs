namespace HkaFer.Testing;

/// <summary>A folder of a test's own, deleted with it. Its name holds what paths of users hold.</summary>
public sealed class Scratch : IDisposable
{
    private const string Memory = "/dev/shm";

    /// <summary>Makes the folder.</summary>
    /// <param name="inMemory">In memory where the system has such a place: for tests that wait for the disk hundreds of times.</param>
    public Scratch(bool inMemory = false)
    {
        string place = inMemory && Directory.Exists(Memory) ? Memory : Path.GetTempPath();
        Folder = Path.Combine(place, $"hkafer tëst 顔 {Guid.NewGuid():N}");
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
