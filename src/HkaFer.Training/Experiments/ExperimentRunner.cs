namespace HkaFer.Training;

/// <summary>
/// Does the runs of an experiment that are not done, scores them, and writes the table after each. Runs and scores that are there are used as they are; a run that was cut goes on; one that
/// fails is told, and the others go on; one that another process is at is come back to.
/// </summary>
public sealed class ExperimentRunner
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly Experiment _experiment;
    private readonly ExperimentFolder _folder;
    private readonly IProgress<ExperimentProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly IReadOnlyList<PlannedRun> _runs;
    private readonly ExperimentClock _clock;

    /// <summary>Why a run, or a score of it, could not be had.</summary>
    private readonly Dictionary<string, string> _failures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _failedScores = new(StringComparer.Ordinal);
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);

    private ExperimentRunner(Experiment experiment, ExperimentFolder folder, IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        (_experiment, _folder, _progress, _cancel, _runs) = (experiment, folder, progress, cancel, experiment.Runs);
        _clock = new ExperimentClock(_runs, folder);
    }

    /// <summary>Runs an experiment to its end, or until it is stopped.</summary>
    /// <param name="experiment">The plan.</param>
    /// <param name="folder">The folder of experiments; made where it does not exist.</param>
    /// <param name="progress">Told how far it is, on the calling thread.</param>
    /// <param name="cancel">Stops after the step under way; what was reached is saved, and the table holds what is there.</param>
    /// <exception cref="HkaFerException">The folder holds other things, or the table cannot be written.</exception>
    public static ExperimentResult Run(Experiment experiment, string folder, IProgress<ExperimentProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var place = new ExperimentFolder(folder);
        place.Check();

        // Before anything else is written, so that a table of no run is a folder of experiments too.
        place.Make();
        return new ExperimentRunner(experiment, place, progress, cancel).Go();
    }

    private ExperimentResult Go()
    {
        var waiting = new List<int>(Enumerable.Range(0, _runs.Count));
        for (bool first = true; waiting.Count > 0 && !_cancel.IsCancellationRequested; first = false)
        {
            foreach (int i in waiting.ToArray())
            {
                if (!_cancel.IsCancellationRequested && Take(i, first))
                {
                    waiting.Remove(i);
                }
            }

            // What is left another process is at, or waits for such a one.
            if (waiting.Count > 0 && !first)
            {
                _cancel.WaitHandle.WaitOne(s_patience);
            }
        }

        ExperimentTable table = Table();
        IReadOnlyList<string> files = Write(table);
        return new ExperimentResult
        {
            Table = table,
            Files = files,
            Failures = [.. _failures.Select(f => (f.Key, f.Value)), .. _failedScores.Select(f => (f.Key, f.Value))],
            Interrupted = _cancel.IsCancellationRequested && waiting.Count > 0,
        };
    }

    /// <summary>Does a run and its scores, where nobody else is at it.</summary>
    /// <returns>Whether it has ended, well or not; false where it is to be come back to.</returns>
    private bool Take(int i, bool first)
    {
        PlannedRun run = _runs[i];
        if (run.Needs.FirstOrDefault(needed => _failures.ContainsKey(needed.Name)) is { } failed)
        {
            return Fail(i, $"needs {failed.Name}, which failed");
        }

        if (run.Needs.Any(needed => !_done.Contains(needed.Name)))
        {
            return false;
        }

        using FileLock? held = Hold(run);
        if (held is null)
        {
            if (first)
            {
                Tell(i, ExperimentPhase.Wait, message: "another process is at it");
            }

            return false;
        }

        return Held(i);
    }

    private FileLock? Hold(PlannedRun run)
    {
        try
        {
            return FileLock.TryTake(_folder.Lock(run));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{_folder.Path}: cannot be written ({e.Message}); choose a folder that can with --out", e);
        }
    }

    /// <summary>Does a run that is ours alone.</summary>
    private bool Held(int i)
    {
        PlannedRun run = _runs[i];
        string folder = _folder.Run(run);
        bool worked = false;
        try
        {
            RunStanding standing = run.Standing(folder);
            if (standing.State == RunState.Done)
            {
                run.CheckDone(folder, _folder.Run);
            }
            else
            {
                worked = true;
                Tell(i, standing.State == RunState.New ? ExperimentPhase.Begin : ExperimentPhase.Resume);

                // Scores of a run that was taken away say nothing of the one that takes its place.
                Forget(run);
                var progress = new DirectProgress<TrainingProgress>(p => Tell(i, ExperimentPhase.Train, p));
                if (!run.Execute(folder, _folder.Run, progress, _cancel))
                {
                    return false;
                }
            }

            _done.Add(run.Name);
            worked |= Score(i);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it is, a night's other runs do not depend on it.
            return Fail(i, e is HkaFerException ? e.Message : $"{e.GetType().Name}: {e.Message}");
        }

        _clock.Ended(run);
        Tell(i, worked ? ExperimentPhase.Done : ExperimentPhase.Skip);
        if (worked)
        {
            Write(Table());
        }

        return true;
    }

    /// <summary>Scores what is asked of a run and is not kept.</summary>
    /// <returns>Whether anything had to be scored.</returns>
    private bool Score(int i)
    {
        bool worked = false;
        foreach (PlannedScore score in _experiment.Scores.Where(score => score.Run.Name == _runs[i].Name))
        {
            string file = _folder.Score(score);
            if (ScoreRecord.Read(file) is { } kept && score.Fits(kept))
            {
                continue;
            }

            worked = true;
            try
            {
                var progress = new DirectProgress<(int Done, int All)>(done => Tell(i, ExperimentPhase.Score, scored: done));
                score.Compute(_folder.Run(_runs[i]), progress, _cancel).Save(file);
            }
            catch (HkaFerException e)
            {
                _failedScores[$"{score.Run.Name}, {score.Description}"] = e.Message;
                Tell(i, ExperimentPhase.Fail, message: $"{score.Description}: {e.Message}");
            }
        }

        return worked;
    }

    private void Forget(PlannedRun run)
    {
        string scores = _folder.Scores(run);
        if (Directory.Exists(scores))
        {
            foreach (string file in Directory.EnumerateFiles(scores, "*.json"))
            {
                AtomicFile.Delete(file);
            }
        }
    }

    private bool Fail(int i, string reason)
    {
        _failures[_runs[i].Name] = reason;
        _clock.Ended(_runs[i]);
        Tell(i, ExperimentPhase.Fail, message: reason);
        return true;
    }

    private ExperimentTable Table() => ExperimentTable.Of(_experiment, Outcome);

    private ScoreOutcome Outcome(PlannedScore score)
    {
        long? trainable = score.Run.Trainable;
        return _failures.TryGetValue(score.Run.Name, out string? failed) ? new(null, $"the run {score.Run.Name} failed: {failed}", trainable)
            : _failedScores.TryGetValue($"{score.Run.Name}, {score.Description}", out failed) ? new(null, $"could not be scored: {failed}", trainable)
            : _done.Contains(score.Run.Name) && ScoreRecord.Read(_folder.Score(score)) is { } record && score.Fits(record) ? new(record, null, trainable)
            : new(null, "has not been run yet", trainable);
    }

    private IReadOnlyList<string> Write(ExperimentTable table)
    {
        string markdown = _folder.File(_experiment, ".md"), csv = _folder.File(_experiment, ".csv"), page = _folder.File(_experiment, ".html");
        AtomicFile.WriteText(markdown, ExperimentText.Markdown(table));
        AtomicFile.WriteText(csv, ExperimentText.Csv(table));
        (string Title, string Svg)[] drawings =
        [
            .. _experiment.Chart is { } draw && table.Values.SelectMany(row => row).Any(value => value.Ours is not null) ? [(_experiment.Title, draw(table))] : Array.Empty<(string, string)>(),
            .. table.Drawings.Where(drawing => drawing.Svg is not null).Select(drawing => (drawing.Title, drawing.Svg!)),
        ];
        Page.Write(page, ExperimentPage.Render(table, drawings));
        return [markdown, csv, page, .. drawings.Select(drawing =>
        {
            string file = _folder.File(_experiment, drawing.Title == _experiment.Title ? ".svg" : $"-{ExperimentPlanner.Slug(drawing.Title)}.svg");
            AtomicFile.WriteText(file, drawing.Svg);
            return file;
        })];
    }

    private void Tell(int i, ExperimentPhase phase, TrainingProgress? training = null, (int Done, int All)? scored = null, string? message = null) =>
        _progress?.Report(new ExperimentProgress(i + 1, _runs.Count, _runs[i].Name, phase, training, scored, _clock.Remaining(_runs[i], training), message));
}
