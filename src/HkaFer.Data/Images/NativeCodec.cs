using System.Runtime.InteropServices;

namespace HkaFer.Data;

/// <summary>Finds a codec's library when the first picture needs it: without it, all that decodes no such picture still works.</summary>
static class NativeCodec
{
    /// <summary>The handle of the library that decodes a format.</summary>
    /// <exception cref="ImageException">It is not installed; the message names the Debian package.</exception>
    public static nint Load(ImageFormat format)
    {
        var library = CodecLibrary.Of(format);
        return TryLoad(library, out nint handle, out _) ? handle : throw new ImageException(
            $"images: the library {library.Names[0]} is not installed; on Debian and Ubuntu: apt-get install {library.Package}");
    }

    /// <summary>Loads the first of a library's names that there is.</summary>
    public static bool TryLoad(CodecLibrary library, out nint handle, out string? name)
    {
        foreach (string candidate in library.Names)
        {
            // Only the system's own search path: a library beside a data set must not be run.
            if (NativeLibrary.TryLoad(candidate, typeof(NativeCodec).Assembly, DllImportSearchPath.SafeDirectories, out handle))
            {
                name = candidate;
                return true;
            }
        }

        (handle, name) = (0, null);
        return false;
    }

    /// <summary>The text at a C string of at most <paramref name="most"/> bytes.</summary>
    public static unsafe string Text(byte* text, int most)
    {
        var bytes = new ReadOnlySpan<byte>(text, most);
        int end = bytes.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
