using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>Folders of runs whose user named none: <c>runs/NAME-1</c>, <c>runs/NAME-2</c>, ..</summary>
internal static class RunNames
{
    private const int Limit = 1_000_000;

    /// <summary>The first that is free.</summary>
    public static string Next(string name) =>
        Enumerable.Range(1, Limit).Select(n => Folder(name, n)).First(folder => !Path.Exists(folder));

    /// <summary>The latest that holds a run.</summary>
    /// <exception cref="HkaFerException">There is none.</exception>
    public static string Latest(string name)
    {
        string? latest = Enumerable.Range(1, Limit).Select(n => Folder(name, n)).TakeWhile(Path.Exists).LastOrDefault(RunFolder.IsRun);
        return latest ?? throw new HkaFerException(
            $"{Folder(name, 1)}: holds no run to resume; name its folder with --out, or start without --resume");
    }

    private static string Folder(string name, int n) => Path.Combine("runs", $"{name}-{n}");
}
