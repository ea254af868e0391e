using System.Text.Json;

namespace HkaFer.Training;

/// <summary>
/// Finds what runs no longer need: the state of runs that are done, what killed processes left half written, runs that failed before they had saved a checkpoint.
/// A run that another process holds is left alone, and so is every file that is not a run's.
/// </summary>
public static class RunCleaner
{
    private static readonly string[] s_ofRun =
    [
        "run.json", "recipe.yaml", "metrics.jsonl", "timing.jsonl", "zero-shot.json", "predictions.jsonl", "mistakes.json", "routers.json", "reconstructions.json", "explanation.json", "report.html", "events.out.tfevents.0.hkafer",
        "lock", "lock.owner",
    ];

    /// <summary>What could be deleted; deletes nothing.</summary>
    /// <param name="folder">A run, or a folder with runs.</param>
    /// <param name="keepBest">Of a run that is done and reports its best model, the last one too.</param>
    /// <exception cref="HkaFerException">The folder cannot be read.</exception>
    public static IReadOnlyList<RunLeftover> Find(string folder, bool keepBest = false) =>
        [.. RunRow.Folders(folder).SelectMany(run => Guard(run, () =>
        {
            using FileStream? held = Hold(run, out bool free);
            return free ? Of(run, keepBest).Where(l => l.Files.Count > 0).ToArray() : [];
        }))];

    /// <summary>Deletes what <see cref="Find"/> finds now.</summary>
    /// <returns>What was deleted.</returns>
    /// <exception cref="HkaFerException">Something cannot be deleted; what came before it is.</exception>
    public static IReadOnlyList<RunLeftover> Clean(string folder, bool keepBest = false) =>
        [.. RunRow.Folders(folder).SelectMany(run => Guard(run, () =>
        {
            // Held while it is cleaned: nobody can begin to resume it meanwhile.
            using FileStream? held = Hold(run, out bool free);
            RunLeftover[] found = free ? [.. Of(run, keepBest).Where(l => l.Files.Count > 0)] : [];
            foreach (RunLeftover leftover in found)
            {
                Delete(leftover);
            }

            return found;
        }))];

    private static IEnumerable<RunLeftover> Of(string run, bool keepBest)
    {
        var folder = new RunFolder(run);
        if (Summary(folder) is not { } summary)
        {
            yield break;
        }

        if (summary.At(RunFolder.StagesKey) is not null)
        {
            // Its models are those of its stages, which are cleaned each by itself.
            yield return Leftover(run, run, "half written", Temporary(run));
            yield break;
        }

        string? status = summary.Text("status");
        bool lockable = File.Exists(Path.Combine(run, "lock"));
        bool saved = HasFiles(folder.State, s => s == "state.safetensors") || Directory.Exists(folder.Best) || Directory.Exists(folder.Last)
            || Directory.Exists(folder.Best + AtomicFolder.Old) || Directory.Exists(folder.Last + AtomicFolder.Old);

        // A run that still says it is running and is not held was killed; without a lock file nobody can tell whether it is held.
        bool stepless = status == "failed" && summary.Number("epochs_done") == 0 && summary.Number("step") == 0;
        if (stepless || (!saved && (status == "failed" || (status == "running" && lockable))))
        {
            yield return Leftover(run, run, "failed before a checkpoint was saved",
                [.. Matching(run, s_ofRun.Contains), .. Matching(folder.State, IsState), .. Temporary(run), .. Temporary(folder.State), .. Model(folder.Last)]);
            yield break;
        }

        if (status == "done")
        {
            yield return Leftover(folder.State, run, "the run is done; nothing is left to resume", [.. Matching(folder.State, IsState), .. Temporary(folder.State)]);
            if (keepBest && summary.Text("selection") == "best" && Directory.Exists(folder.Best))
            {
                yield return Leftover(folder.Last, run, "the run reports its best model", Model(folder.Last));
            }
        }

        foreach (string model in (string[])[folder.Best, folder.Last])
        {
            // Only beside a whole one: of a replacement that was cut off, resuming needs what is there.
            if (Directory.Exists(model))
            {
                yield return Leftover(model + AtomicFolder.Fresh, run, "half written", Model(model + AtomicFolder.Fresh));
                yield return Leftover(model + AtomicFolder.Old, run, "replaced", Model(model + AtomicFolder.Old));
            }
        }

        if (status is "done" or "failed" or "interrupted" || lockable)
        {
            yield return Leftover(run, run, "half written", Temporary(run));
        }
    }

    /// <summary>Of a run whose <c>run.json</c> is damaged nobody can tell what it still needs: it keeps everything.</summary>
    private static JsonElement? Summary(RunFolder folder)
    {
        try
        {
            return folder.ReadSummary();
        }
        catch (HkaFerException)
        {
            return null;
        }
    }

    private static RunLeftover Leftover(string path, string run, string why, IReadOnlyList<string> files) =>
        new(path, run, why, files, files.Sum(f => new FileInfo(f).Length));

    private static void Delete(RunLeftover leftover)
    {
        foreach (string file in leftover.Files)
        {
            File.Delete(file);
        }

        // Folders that are empty now, the deepest first.
        foreach (string folder in leftover.Files.Select(f => Path.GetDirectoryName(f)!).Append(leftover.Path).Distinct().OrderByDescending(f => f.Length))
        {
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }
        }
    }

    private static bool IsState(string name) => name == "state.safetensors" || name.EndsWith(".pictures", StringComparison.Ordinal);

    private static IReadOnlyList<string> Model(string folder) =>
    [
        .. Matching(folder, ModelFiles.Owns), .. Temporary(folder), .. Directory.Exists(Before(folder)) ? Model(Before(folder)) : [], .. Matching(Path.Combine(folder, "backbone"), ModelFiles.IsOfBackbone), .. Temporary(Path.Combine(folder, "backbone")),
    ];

    /// <summary>Of an adapter that stands on another, that one's folder.</summary>
    private static string Before(string folder) => Path.Combine(folder, AnsweringFiles.Before);

    private static IReadOnlyList<string> Temporary(string folder) => Matching(folder, AtomicFile.IsTemporary);

    private static bool HasFiles(string folder, Func<string, bool> wanted) => Matching(folder, wanted).Count > 0;

    /// <summary>Files of these names; nothing behind a link, which leads to what is not the run's.</summary>
    private static IReadOnlyList<string> Matching(string folder, Func<string, bool> wanted)
    {
        var place = new DirectoryInfo(folder);
        return place.Exists && place.LinkTarget is null
            ? [.. place.EnumerateFiles().Where(f => wanted(f.Name)).OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => Path.Combine(folder, f.Name))]
            : [];
    }

    /// <summary>Takes the run's lock where there is one.</summary>
    private static FileStream? Hold(string run, out bool free)
    {
        string path = Path.Combine(run, "lock");
        free = true;
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            free = false;
            return null;
        }
    }

    private static IReadOnlyList<RunLeftover> Guard(string run, Func<IReadOnlyList<RunLeftover>> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{run}: cannot be cleaned ({e.Message}); check its permissions", e);
        }
    }
}
