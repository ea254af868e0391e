using System.Globalization;

namespace HkaFer.Data;

/// <summary>What tells a file that was written to from one that was not.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Written">When it was last written to, in ticks.</param>
internal readonly record struct FileStamp(long Length, long Written)
{
    /// <summary>The stamp of a file, or null where it cannot be opened.</summary>
    public static FileStamp? Of(string path)
    {
        try
        {
            if (HoldsNothing(path)) return null;
            using var handle = File.OpenHandle(path);
            return new FileStamp(RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle).Ticks);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a file is there that holds nothing: an empty one, or a pipe or a device, which have no length either. Those must not even be opened:
    /// a pipe that nobody writes to would wait for ever.
    /// </summary>
    public static bool HoldsNothing(string path)
    {
        var file = new FileInfo(path);
        return (file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true)) is FileInfo { Exists: true, Length: 0 };
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Length:N0} bytes of {new DateTime(Written, DateTimeKind.Utc):yyyy-MM-dd HH:mm:ss.fff}");
}
