namespace HkaFer;

/// <summary>Writing files so that a reader, or a crash, never meets half of one: temporary name, sync, rename.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file whole or not at all; folders on the way are made.</summary>
    /// <param name="path">The file, replaced where it exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="HkaFerException">The file cannot be written; what was there before is still there.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path);
        string temporary = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            throw new HkaFerException($"{path}: cannot be written ({e.Message}); check the folder, its permissions and the free space", e);
        }
        catch
        {
            Discard(temporary);
            throw;
        }
    }

    /// <summary>As <see cref="Write(string, Action{Stream})"/> for UTF-8 text.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that brought us here is the one to report.
        }
    }
}
