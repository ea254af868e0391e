using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>Finds the folder of a backbone that a recipe, an adapter or a command names.</summary>
public static class Backbones
{
    /// <summary>The small vision transformer that this program trained on generated faces, in the box.</summary>
    public const string Faces = "faces-vit";

    /// <summary>Names of the backbones in the box.</summary>
    public static IReadOnlyList<string> BuiltIn => Directory.Exists(Box)
        ? [.. Directory.EnumerateDirectories(Box).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)]
        : [];

    private static string Box => Path.Combine(AppContext.BaseDirectory, "backbones");

    /// <summary>The folder of a backbone.</summary>
    /// <param name="name">A folder, absolute or relative to <paramref name="relativeTo"/> or to the working directory, or a name in the box.</param>
    /// <param name="relativeTo">The folder of the adapter that names it, or none.</param>
    /// <exception cref="HkaFerException">There is none; the message says where it was looked for.</exception>
    public static string Resolve(string name, string? relativeTo = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string[] places = [.. Places(name, relativeTo)];
        return places.FirstOrDefault(place => File.Exists(Path.Combine(place, "config.json")))
            ?? throw new HkaFerException(
                $"backbone '{name}': no folder with a config.json; looked in {string.Join(", ", places)}; " +
                $"name a checkpoint folder{(BuiltIn.Count > 0 ? $" or one in the box ({string.Join(", ", BuiltIn)})" : "")}");
    }

    /// <summary>A backbone's name that leads to it from any working directory: one in the box as it is, else the whole path of its folder.</summary>
    internal static string FullName(string folder) => Path.GetDirectoryName(folder) == Path.TrimEndingDirectorySeparator(Box) ? Path.GetFileName(folder) : folder;

    /// <summary>Loads a backbone by folder or name: DINOv2's form or CLIP's image encoder, as its <c>config.json</c> says.</summary>
    /// <param name="name">As <see cref="Resolve"/> takes it.</param>
    /// <param name="relativeTo">The folder of the adapter that names it, or none.</param>
    /// <exception cref="HkaFerException">There is none, or a file or tensor of it is missing or does not fit.</exception>
    public static ImageEncoder Load(string name, string? relativeTo = null) => ImageEncoder.LoadFolder(Resolve(name, relativeTo));

    /// <summary>Whether a folder holds a whole CLIP checkpoint, which can name expressions without training.</summary>
    public static bool IsClip(string folder) => ClipTextEncoder.IsIn(folder);

    private static IEnumerable<string> Places(string name, string? relativeTo)
    {
        if (relativeTo is not null && !Path.IsPathRooted(name))
        {
            yield return Path.GetFullPath(Path.Combine(relativeTo, name));
        }

        yield return Path.GetFullPath(name);
        if (name == Path.GetFileName(name))
        {
            yield return Path.Combine(Box, name);
        }
    }
}
