using System.Runtime.InteropServices;

namespace HkaFer.Data;

/// <summary>Finds a codec's library when the first picture needs it: without it, all that decodes no such picture still works.</summary>
static class NativeCodec
{
    /// <summary>The handle of the first of these names that loads.</summary>
    /// <exception cref="ImageException">None does; the message names the Debian package.</exception>
    public static nint Load(string package, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            // Only the system's own search path: a library beside a data set must not be run.
            if (NativeLibrary.TryLoad(name, typeof(NativeCodec).Assembly, DllImportSearchPath.SafeDirectories, out nint handle))
            {
                return handle;
            }
        }

        throw new ImageException(
            $"images: the library {names[0]} is not installed; on Debian and Ubuntu: apt-get install {package}");
    }

    /// <summary>The text at a C string of at most <paramref name="most"/> bytes.</summary>
    public static unsafe string Text(byte* text, int most)
    {
        var bytes = new ReadOnlySpan<byte>(text, most);
        int end = bytes.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
