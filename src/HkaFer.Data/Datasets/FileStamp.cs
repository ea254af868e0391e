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
            if (InputFile.HoldsNothing(path)) return null;
            using var handle = File.OpenHandle(path);
            return new FileStamp(RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle).Ticks);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Length:N0} bytes of {new DateTime(Written, DateTimeKind.Utc):yyyy-MM-dd HH:mm:ss.fff}");
}
