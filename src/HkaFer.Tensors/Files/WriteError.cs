namespace HkaFer;

/// <summary>What a person needs to know when something cannot be written.</summary>
internal static class WriteError
{
    // The system's number stands in the result code: ENOSPC and EDQUOT of Linux, EDQUOT of macOS, and two of Windows.
    private static readonly int[] s_full = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>The error with the path, the cause, and the free space where that is the cause.</summary>
    internal static HkaFerException Of(string path, Exception cause) => new(
        cause is IOException && s_full.Contains(cause.HResult)
            ? $"{path}: cannot be written, the disk is full{Free(path)}; make room there or write elsewhere (what was there before is kept)"
            : $"{path}: cannot be written ({cause.Message}); check that the folder exists, is no file, and may be written to",
        cause);

    private static string Free(string path)
    {
        try
        {
            string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
            while (folder is not null && !Directory.Exists(folder))
            {
                folder = Path.GetDirectoryName(folder);
            }

            return folder is null ? "" : FormattableString.Invariant($" ({new DriveInfo(folder).AvailableFreeSpace:N0} bytes free)");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "";
        }
    }
}
