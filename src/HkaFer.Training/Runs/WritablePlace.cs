namespace HkaFer.Training;

/// <summary>Tells before the work whether its result can be written.</summary>
internal static class WritablePlace
{
    /// <summary>Tries to write where a folder is or is to be made; leaves nothing.</summary>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <returns>Why nothing can be written there, or null.</returns>
    internal static string? Obstacle(string folder)
    {
        string there = Path.GetFullPath(folder);
        while (!Path.Exists(there) && Path.GetDirectoryName(there) is { } above)
        {
            there = above;
        }

        if (File.Exists(there))
        {
            return $"'{there}' is a file";
        }

        try
        {
            string probe = Path.Combine(there, $"hkafer.{Environment.ProcessId}.tmp");
            using var file = new FileStream(probe, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
