using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>Finds the folder of a backbone that a recipe, an adapter or a command names.</summary>
public static class Backbones
{
    /// <summary>The small vision transformer that this program trained on generated faces, in the box.</summary>
    public const string Faces = "faces-vit";

    /// <summary>One of the same size that this program pre-trained on the pictures of FERPlus train, no label seen, in the box.</summary>
    public const string Mae = "mae";

    /// <summary>That one, fine-tuned on FERPlus train, in the box: with its head it names expressions by itself.</summary>
    public const string Supervised = "supervised";

    /// <summary>A Qwen2-VL of 3.7 M weights that this program trained from nothing to describe drawn faces part by part, in the box: it has never been told an expression.</summary>
    public const string Describing = "cer-base";

    /// <summary>Names of the backbones in the box.</summary>
    public static IReadOnlyList<string> BuiltIn => Directory.Exists(Box)
        ? [.. Directory.EnumerateDirectories(Box).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)]
        : [];

    private static string Box => Path.Combine(AppContext.BaseDirectory, "backbones");

    /// <summary>The folder of a backbone.</summary>
    /// <param name="name">
    /// A folder, absolute or relative to <paramref name="relativeTo"/> or to the working directory; a name in the box; or an id of the hub, as
    /// <c>facebook/dinov2-small</c> or with <c>@revision</c>, which <see cref="Hub.Pull"/> has brought into the cache. Nothing is fetched here.
    /// </param>
    /// <param name="relativeTo">The folder of the adapter that names it, or none.</param>
    /// <exception cref="HkaFerException">There is none; the message says where it was looked for, and how to fetch it.</exception>
    public static string Resolve(string name, string? relativeTo = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if ((Local(name, relativeTo) ?? FromHub(name, relativeTo)?.Folder) is { } folder)
        {
            return folder;
        }

        bool isId = Hub.IsId(name);
        IEnumerable<string> places = isId ? Places(name, relativeTo).Append($"the hub's cache ({HubSettings.FromEnvironment().Cache})") : Places(name, relativeTo);
        throw new HkaFerException(
            $"backbone '{name}': no folder with a config.json; looked in {string.Join(", ", places)}; "
            + (MayBeOfHub(name) ? $"check the path, or if it is a model of the hub, fetch it: hkafer pull {name}; else " : "")
            + $"name a checkpoint folder{(BuiltIn.Count > 0 ? $" or one in the box ({string.Join(", ", BuiltIn)})" : "")}");
    }

    /// <summary>Whether a name that is not there may be meant for the hub: it has the form of an id, and is no path into a folder that is here.</summary>
    public static bool MayBeOfHub(string name) => Hub.IsId(name) && !Path.Exists(name.Split('/')[0]);

    /// <summary>The model of the hub that a name means; null where it means a folder or nothing that is in the cache.</summary>
    internal static HubSnapshot? FromHub(string name, string? relativeTo = null) => Hub.IsId(name) && Local(name, relativeTo) is null ? Hub.Find(name) : null;

    /// <summary>A backbone's name that leads to it from any working directory: the hub's with its commit, as a branch moves; one in the box as it is; else the whole path.</summary>
    internal static string FullName(string name, string? relativeTo = null) =>
        Local(name, relativeTo) is not { } folder ? FromHub(name, relativeTo)?.PinnedId ?? name
        : Path.GetDirectoryName(folder) == Path.TrimEndingDirectorySeparator(Box) ? Path.GetFileName(folder)
        : folder;

    /// <summary>The folder of what is in the box under a name; null where nothing is.</summary>
    internal static string? InTheBox(string name) =>
        name.Length > 0 && name == Path.GetFileName(name) && Path.Combine(Box, name) is var folder && File.Exists(Path.Combine(folder, "config.json")) ? folder : null;

    /// <summary>The commit that a pinned id of the hub names, else null.</summary>
    internal static string? CommitOf(string name) => Hub.IsId(name) && name.Split('@') is [_, { Length: 40 } commit] ? commit : null;

    /// <summary>Loads a backbone by folder or name: DINOv2's form or CLIP's image encoder, as its <c>config.json</c> says.</summary>
    /// <param name="name">As <see cref="Resolve"/> takes it.</param>
    /// <param name="relativeTo">The folder of the adapter that names it, or none.</param>
    /// <exception cref="HkaFerException">There is none, or a file or tensor of it is missing or does not fit.</exception>
    public static ImageEncoder Load(string name, string? relativeTo = null) => ImageEncoder.LoadFolder(Resolve(name, relativeTo));

    /// <summary>Whether a folder, or a model in the hub's cache, is a whole CLIP checkpoint, which can name expressions without training.</summary>
    public static bool IsClip(string name) => ClipTextEncoder.IsIn(Local(name, null) ?? (Path.Exists(name) ? null : FromHub(name)?.Folder) ?? name);

    /// <summary>Whether a folder, or a model in the hub's cache, is the checkpoint of a Qwen2-VL or Qwen2.5-VL, which can be asked without training.</summary>
    public static bool IsQwen(string name) => QwenVl.IsIn(Local(name, null) ?? (Path.Exists(name) ? null : FromHub(name)?.Folder) ?? name);

    private static string? Local(string name, string? relativeTo) =>
        Places(name, relativeTo).FirstOrDefault(place => File.Exists(Path.Combine(place, "config.json")));

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
