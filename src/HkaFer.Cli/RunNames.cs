using System.Globalization;
using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>Folders of runs whose user named none: <c>runs/NAME-1</c>, <c>runs/NAME-2</c>, ..</summary>
internal static class RunNames
{
    private const string Runs = "runs";

    /// <summary>Makes the next one: numbered after the highest, so that no run takes the number of one that was deleted.</summary>
    /// <param name="name">The recipe's name.</param>
    /// <param name="runs">The folder with all of them.</param>
    /// <returns>The folder; no other program that chooses at the same moment gets it.</returns>
    /// <exception cref="HkaFerException">It cannot be made.</exception>
    public static string Reserve(string name, string runs = Runs)
    {
        for (int n = Numbers(name, runs).DefaultIfEmpty(0).Max() + 1; ; n++)
        {
            string folder = Folder(runs, name, n), mine = Path.Combine(folder, RunLock.FileName);
            try
            {
                // The folder may be another's by now; a file that must be new is made by one alone.
                Directory.CreateDirectory(folder);
                using var made = new FileStream(mine, FileMode.CreateNew);
                return folder;
            }
            catch (IOException) when (Path.Exists(mine))
            {
                // Another program was faster.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new HkaFerException($"{folder}: cannot be made ({e.Message}); name a folder that can be written with --out", e);
            }
        }
    }

    /// <summary>Gives a folder back in which nothing was begun.</summary>
    public static void Release(string folder)
    {
        try
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).All(entry => Path.GetFileName(entry) == RunLock.FileName))
            {
                File.Delete(Path.Combine(folder, RunLock.FileName));
                Directory.Delete(folder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It costs a number, no more.
        }
    }

    /// <summary>The one that was at work last.</summary>
    /// <exception cref="HkaFerException">There is none.</exception>
    public static string Latest(string name, string runs = Runs)
    {
        string? latest = Numbers(name, runs).OrderDescending().Select(n => Folder(runs, name, n)).Where(RunFolder.IsRun)
            .MaxBy(folder => File.GetLastWriteTimeUtc(new RunFolder(folder).Summary));
        return latest ?? throw new HkaFerException(
            $"{Folder(runs, name, 1)}: holds no run to resume; name its folder with --out, or start without --resume");
    }

    private static IEnumerable<int> Numbers(string name, string runs) => !Directory.Exists(runs) ? []
        : Directory.EnumerateFileSystemEntries(runs).Select(entry => Path.GetFileName(entry)!).Where(entry => entry.StartsWith($"{name}-", StringComparison.Ordinal))
            .Select(entry => int.TryParse(entry.AsSpan(name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)
            .Where(n => n is > 0 and < int.MaxValue);

    private static string Folder(string runs, string name, int n) => Path.Combine(runs, string.Create(CultureInfo.InvariantCulture, $"{name}-{n}"));
}
