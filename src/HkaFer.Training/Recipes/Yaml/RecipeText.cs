using System.Text;

namespace HkaFer.Training;

/// <summary>Reads a recipe's file, and makes the record that it describes; the same for recipes of all kinds.</summary>
internal static class RecipeText
{
    /// <summary>A recipe is a page of text; more than this is another kind of file.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>Makes a record of a recipe's text.</summary>
    /// <typeparam name="T">The record of the whole file; its properties are the sections.</typeparam>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <param name="binder">Knows where each key stood.</param>
    /// <exception cref="HkaFerException">It is no YAML, a key is not known, or a value has the wrong type.</exception>
    internal static T Bind<T>(string yaml, string source, IEnumerable<string>? sets, out RecipeBinder binder)
    {
        if (Encoding.UTF8.GetByteCount(yaml) > MaxBytes)
        {
            throw TooLarge(source);
        }

        YamlNode? root = YamlReader.Read(yaml, source);
        YamlMapping sections = root switch
        {
            null or YamlScalar { IsNull: true } => new YamlMapping(new Place(source)),
            YamlMapping mapping => mapping,
            _ => throw new HkaFerException($"{root.At}: a recipe is a mapping of sections (data, backbone, method, ...); got {root.What}"),
        };
        if (OtherKind(typeof(T), sections) is { } command)
        {
            throw new HkaFerException($"{source}: is a recipe of another kind; run it with: hkafer {command} {source}");
        }

        foreach (string set in sets ?? [])
        {
            RecipeOverride.Apply(sections, set, typeof(T));
        }

        binder = new RecipeBinder();
        return (T)binder.Bind(sections, typeof(T), "", null)!;
    }

    /// <summary>The command that runs a recipe, where a section that only its kind has tells that it is not the one wanted; else null.</summary>
    private static string? OtherKind(Type wanted, YamlMapping sections) =>
        wanted == typeof(Recipe) && (sections["masking"] ?? sections["describe"]) is not null ? "pretrain"
        : wanted == typeof(PretrainRecipe) && (sections["method"] ?? sections["basic"] ?? sections["compound"]) is not null ? "train"
        : null;

    /// <summary>Whether a file is a recipe with one of these keys; false for one that cannot be read, which whoever reads it as a recipe will say.</summary>
    internal static bool HasKey(string path, params string[] keys)
    {
        try
        {
            // A pipe can be read once only, by whoever trains with it.
            return !path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/proc/", StringComparison.Ordinal)
                && YamlReader.Read(Read(path), path) is YamlMapping file && keys.Any(key => file[key] is not null);
        }
        catch (HkaFerException)
        {
            return false;
        }
    }

    /// <summary>The text of a file.</summary>
    /// <param name="path">The file, or a pipe.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <exception cref="HkaFerException">It cannot be read, is too large, or is not UTF-8.</exception>
    internal static string Read(string path, string what = "recipe")
    {
        try
        {
            // Bounded by what is read and not by what the file says of itself: a pipe or a device has no length.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var bytes = new byte[MaxBytes + 1];
            int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count > MaxBytes)
            {
                throw TooLarge(path);
            }

            int start = bytes.AsSpan(0, count).StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, start, count - start);
        }
        catch (DecoderFallbackException e)
        {
            throw new HkaFerException($"{path}: is not UTF-8 text; save the {what} as UTF-8", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new HkaFerException($"{path}: there is no such recipe; give the path of a YAML file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new HkaFerException($"{path}: the {what} cannot be read ({e.Message})", e);
        }
    }

    private static HkaFerException TooLarge(string source) => new($"{source}: is larger than {MaxBytes >> 20} MiB; a recipe is a page of YAML");
}
