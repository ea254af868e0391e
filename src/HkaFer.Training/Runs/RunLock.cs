using System.Globalization;

namespace HkaFer.Training;

/// <summary>
/// Keeps a run folder for one process. The system lets go of it when the process ends, however it ends, so a lock is never stale. It binds
/// programs that ask for it; on network file systems without locks it binds nobody.
/// </summary>
public sealed class RunLock : IDisposable
{
    /// <summary>The file that is held.</summary>
    public const string FileName = "lock";

    internal const string OwnerName = FileName + ".owner";

    private readonly FileLock _file;
    private readonly string _owner;

    private RunLock(FileLock file, string owner) => (_file, _owner) = (file, owner);

    /// <summary>Takes a folder's lock; the folder is made where it does not exist.</summary>
    /// <exception cref="HkaFerException">Another process, or another run of this one, holds it (the message says who), or the folder cannot be written.</exception>
    public static RunLock Take(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, FileName), owner = Path.Combine(folder, OwnerName);
        FileLock file;
        try
        {
            file = FileLock.TryTake(path)
                ?? throw new HkaFerException($"{folder}: is in use by {Holder(owner)}; wait for it to end or stop it, or choose another folder with --out");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{folder}: cannot be a run's folder ({e.Message}); choose one that can be written with --out", e);
        }

        var taken = new RunLock(file, owner);
        try
        {
            AtomicFile.WriteText(owner, string.Create(CultureInfo.InvariantCulture,
                $"process {Environment.ProcessId} on {Environment.MachineName}, since {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} UTC\n"));
            return taken;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Gives the folder up.</summary>
    public void Dispose()
    {
        try
        {
            AtomicFile.Delete(_owner);
        }
        catch (HkaFerException)
        {
            // A name that stays is read only while the lock is held, and then it is written anew.
        }
        finally
        {
            _file.Dispose();
        }
    }

    private static string Holder(string owner)
    {
        try
        {
            return File.ReadAllText(owner).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
