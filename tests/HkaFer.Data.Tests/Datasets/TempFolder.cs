using System.Text;
using HkaFer.Testing;

namespace HkaFer.Data.Tests.Datasets;

/// <summary>A folder of pictures and lists that goes away with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    // The smallest file that every decoder accepts is not needed by tests that only list; those that decode write a real one.
    private static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC");

    private readonly Scratch _scratch = new();

    public string Root => _scratch.Folder;

    /// <summary>Writes a one-pixel picture.</summary>
    public TempFolder With(params string[] pictures)
    {
        foreach (string name in pictures) File.WriteAllBytes(Prepare(name), Picture);
        return this;
    }

    public TempFolder WithImage(string name, Image image)
    {
        image.SavePng(Prepare(name));
        return this;
    }

    public TempFolder WithText(string name, string text)
    {
        File.WriteAllText(Prepare(name), text, new UTF8Encoding(false));
        return this;
    }

    public TempFolder WithFolder(string name)
    {
        Directory.CreateDirectory(Path.Combine(Root, name));
        return this;
    }

    public string PathOf(string name) => Path.Combine(Root, name);

    public void Dispose() => _scratch.Dispose();

    private string Prepare(string name)
    {
        string path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
