namespace HkaFer.Training;

/// <summary>
/// The folder of experiments: <c>runs/</c> with a folder a run, shared by all experiments that need it; <c>scores/</c> with a file a score; and for each experiment its table
/// (<c>table5.md</c>, <c>.csv</c>, <c>.html</c>) and its figures.
/// </summary>
public sealed class ExperimentFolder
{
    private const string RunsName = "runs";

    /// <summary>A folder that need not exist yet.</summary>
    public ExperimentFolder(string path) => Path = System.IO.Path.GetFullPath(path);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The folder of a run.</summary>
    public string Run(PlannedRun run) => System.IO.Path.Combine(Path, RunsName, Named(run).Name);

    /// <summary>The file of a score.</summary>
    public string Score(PlannedScore score) => System.IO.Path.Combine(Scores(Named(score).Run), score.Name + ".json");

    /// <summary>The scores of a run.</summary>
    public string Scores(PlannedRun run) => System.IO.Path.Combine(Path, "scores", Named(run).Name);

    /// <summary>A file of an experiment, by what follows its name.</summary>
    public string File(Experiment experiment, string ending) => System.IO.Path.Combine(Path, Named(experiment).Name + ending);

    /// <summary>What is held by the process that works on a run.</summary>
    internal string Lock(PlannedRun run) => Run(run) + ".lock";

    /// <summary>Checks that what is there is ours.</summary>
    /// <exception cref="HkaFerException">The folder holds other things.</exception>
    internal void Check()
    {
        try
        {
            if (System.IO.File.Exists(Path))
            {
                throw new HkaFerException($"{Path}: is a file; name a folder with --out");
            }

            if (Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).FirstOrDefault() is { } entry && !Directory.Exists(System.IO.Path.Combine(Path, RunsName)))
            {
                throw new HkaFerException($"{Path}: is no folder of experiments, for it has no {RunsName}/ and holds '{System.IO.Path.GetFileName(entry)}'; choose a new or an empty folder with --out");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{Path}: cannot be read ({e.Message}); choose a folder that can be read and written with --out", e);
        }
    }

    /// <summary>Makes the folder.</summary>
    /// <exception cref="HkaFerException">It cannot be made.</exception>
    internal void Make()
    {
        string runs = System.IO.Path.Combine(Path, RunsName);
        try
        {
            Directory.CreateDirectory(runs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{runs}: cannot be made ({e.Message}); choose a folder that can be written with --out", e);
        }
    }

    private static T Named<T>(T? value)
        where T : class => value ?? throw new ArgumentNullException(nameof(value));
}
