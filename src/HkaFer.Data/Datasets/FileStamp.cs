using System.Globalization;

namespace HkaFer.Data;

/// <summary>What tells a file that was written to from one that was not.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Written">When it was last written to, in ticks.</param>
internal readonly record struct FileStamp(long Length, long Written)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Length:N0} bytes of {new DateTime(Written, DateTimeKind.Utc):yyyy-MM-dd HH:mm:ss.fff}");
}
