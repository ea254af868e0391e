namespace HkaFer.Data;

/// <summary>A native library that decodes one kind of picture: what it is called, and who has it.</summary>
/// <param name="Format">What it decodes.</param>
/// <param name="Package">The Debian package.</param>
/// <param name="Names">File names by system, the first being Linux's.</param>
public sealed record CodecLibrary(ImageFormat Format, string Package, params IReadOnlyList<string> Names)
{
    /// <summary>The libraries that decoding uses.</summary>
    public static IReadOnlyList<CodecLibrary> All { get; } =
    [
        new(ImageFormat.Png, "libpng16-16", "libpng16.so.16", "libpng16.16.dylib", "libpng16.dll"),
        new(ImageFormat.Jpeg, "libturbojpeg0", "libturbojpeg.so.0", "libturbojpeg.0.dylib", "turbojpeg.dll"),
        new(ImageFormat.WebP, "libwebp7", "libwebp.so.7", "libwebp.7.dylib", "libwebp.dll"),
    ];

    /// <summary>The library that decodes a format.</summary>
    public static CodecLibrary Of(ImageFormat format) => All.First(library => library.Format == format);

    /// <summary>Where the library was loaded from, or its name where the system does not say; null where it is not installed.</summary>
    public string? Find() => NativeCodec.TryLoad(this, out _, out string? name) ? Mapped(name!) ?? name : null;

    /// <summary>Name and version of the installed library's file (<c>libwebp.so.7.1.5</c>), as far as the system tells; null where it is not installed.</summary>
    public string? FindVersion() => Find() is not { } file ? null
        : Path.GetFileName(File.Exists(file) && new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true) is { } target ? target.FullName : file);

    /// <summary>The file behind a loaded library carries its full version: <c>libwebp.so.7.1.5</c>.</summary>
    private static string? Mapped(string name)
    {
        const string maps = "/proc/self/maps";
        string? line = File.Exists(maps) ? File.ReadLines(maps).FirstOrDefault(l => l.Contains('/' + name, StringComparison.Ordinal)) : null;
        return line?[line.IndexOf('/', StringComparison.Ordinal)..];
    }
}
