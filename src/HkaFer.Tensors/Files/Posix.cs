using System.Runtime.InteropServices;

namespace HkaFer;

/// <summary>The two calls for safe writing that .NET lacks.</summary>
internal static partial class Posix
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint Exchange = 2; // RENAME_EXCHANGE
    private const int InputOutputError = 5; // EIO

    /// <summary>Makes the names in a folder outlive a loss of power. Does nothing where the system offers no way.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    internal static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int handle = Open(folder, 0);
        if (handle < 0)
        {
            return;
        }

        try
        {
            // File systems that cannot sync a folder say so; only a broken disk is an error.
            if (Sync(handle) != 0 && Marshal.GetLastPInvokeError() == InputOutputError)
            {
                throw new IOException($"the disk failed while '{folder}' was synced");
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    /// <summary>Gives two paths each other's content in one step.</summary>
    /// <returns>False where the system or its file system cannot; nothing has changed then.</returns>
    internal static bool TryExchange(string one, string other)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            return RenameAt2(CurrentFolder, one, CurrentFolder, other, Exchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            // An old C library.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);
}
