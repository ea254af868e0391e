using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HkaFer.Training;

/// <summary>
/// The course of a run, whatever it trains: epoch after epoch, scored, recorded and saved in a folder that tells all about it, and resumed with the same bits.
/// </summary>
internal sealed class RunCourse
{
    private readonly string _recipe;
    private readonly RunFolder _folder;
    private readonly RunTask _task;
    private readonly TrainingLoop _loop;
    private readonly RunScores _scores;
    private readonly RunFingerprint _fingerprint;
    private readonly RunRecorder _recorder;
    private readonly RunProgress _time;
    private int _epochsBefore;

    /// <summary>The clock as <c>run.json</c> has it, so that whoever is told the result is told the same.</summary>
    private RunClock? _told;

    /// <summary>The last checkpoint that is whole on disk.</summary>
    private TrainingState? _saved;

    private RunCourse(string recipe, RunFolder folder, RunTask task, IProgress<TrainingProgress>? progress)
    {
        (_recipe, _folder, _task) = (recipe, folder, task);
        Trainable = task.Optimizer.Parameters.Sum(p => p.Shape.Count);
        _loop = new TrainingLoop(task);
        _time = new RunProgress(_loop, task, progress);
        _scores = new RunScores(task, folder);
        _fingerprint = RunFingerprint.Of(folder, recipe, task);
        _recorder = new RunRecorder(folder, new JsonObject([
            new("task", task.Kind),
            .. task.Facts,
            .. RunRecorder.Facts(task.Settings),
            new("steps", _loop.Steps),
            new("trainable", Trainable),
            new("total", task.Total),
            _fingerprint.ToJson(),
        ]));
    }

    private Action? AfterStep { get; init; }

    /// <summary>What to do after a failure before the first step, whose cause may well be the recipe: a run goes on with its own recipe only.</summary>
    private const string Again = "; when this is put right, start again: with another --out, or where the recipe stays as it is, with --resume";

    private bool IsAtItsBeginning => _loop.State is { Epoch: 0, Step: 0 };

    private ILogger Log { get; init; } = NullLogger.Instance;

    private long Trainable { get; }

    private int Epochs => _task.Settings.Epochs;

    /// <summary>Runs a task to its end, or until stopped.</summary>
    /// <param name="recipe">All settings as YAML; a run goes on with the same only.</param>
    /// <param name="folder">The run's folder; made where it does not exist.</param>
    /// <param name="make">Loads what is trained; called when the folder is known to be free.</param>
    /// <param name="resume">Goes on with the run that is in the folder.</param>
    /// <param name="progress">Told how far it is, on the thread that trains: a few times a second, and at the end of each epoch.</param>
    /// <param name="log">Told of the start, each epoch and the end (Information), and of an interruption (Warning).</param>
    /// <param name="afterStep">Called after each step, for tests.</param>
    /// <param name="cancel">Stops after the step under way; what was reached is saved and can be resumed.</param>
    /// <exception cref="HkaFerException">
    /// What is trained cannot be loaded, the folder is in use, holds another run or cannot be written, an example cannot be read, or the loss is not a
    /// number. The last checkpoint is whole then.
    /// </exception>
    internal static RunOutcome Execute(
        string recipe, string folder, Func<RunFolder, RunTask> make, bool resume, IProgress<TrainingProgress>? progress, ILogger? log, Action? afterStep,
        CancellationToken cancel)
    {
        var place = new RunFolder(folder);

        // A run that is in use is refused before minutes of loading; a new folder is made only when nothing else can fail.
        RunLock? held = RunFolder.IsRun(place.Path) ? RunLock.Take(place.Path) : null;
        try
        {
            place.CheckFree(recipe, resume);
            var run = new RunCourse(recipe, place, make(place), progress) { AfterStep = afterStep, Log = log ?? NullLogger.Instance };
            if (held is null)
            {
                held = RunLock.Take(place.Path);
                place.CheckFree(recipe, resume);
            }

            RunOutcome outcome = run.Start() ?? run.Go(cancel);
            if (outcome.Warning is { } problem)
            {
                RunLog.Incomplete(run.Log, place.Path, problem);
            }

            return outcome;
        }
        finally
        {
            held?.Dispose();
        }
    }

    /// <summary>Goes to where the run stands: its beginning, its last checkpoint, or its end.</summary>
    /// <returns>The result of a run that was done already, whose files are left as they are; else null.</returns>
    private RunOutcome? Start()
    {
        if (!RunFolder.IsRun(_folder.Path))
        {
            // run.json comes last: a folder without it holds no run, whatever else an earlier one left there.
            AtomicFile.Delete(TrainingState.File(_folder.State));
            Begin();
            return null;
        }

        JsonElement summary = _folder.ReadSummary();
        _fingerprint.Check(summary);
        _recorder.Continue(summary);
        _folder.Recover();
        if (File.Exists(TrainingState.File(_folder.State)))
        {
            return Restore(summary) ? Result(interrupted: false) : null;
        }

        if (summary.Text("status") == "done")
        {
            throw new HkaFerException($"{_folder.Path}: the run is done, and what resuming needs was cleaned away; its models and its report are there, start another run to train again");
        }

        if (HadCheckpoint(summary))
        {
            throw new HkaFerException(
                $"{TrainingState.File(_folder.State)}: is missing, and the run had reached epoch {summary.Number("epochs_done")}, step {summary.Number("step")}; "
                + "put the file back, or start another run with --out: to begin again here would write over the records and models that are left");
        }

        Begin();
        return null;
    }

    /// <summary>
    /// Whether a checkpoint had been saved by what <c>run.json</c> says, which is written after it. A run that failed may have failed to save its first.
    /// </summary>
    private static bool HadCheckpoint(JsonElement summary)
    {
        double epochs = summary.Number("epochs_done") ?? 0, step = summary.Number("step") ?? 0;
        return summary.Text("status") switch
        {
            "interrupted" or "running" => epochs > 0 || step > 0,
            "failed" => epochs > 1 || (epochs == 1 && step > 0),
            _ => false,
        };
    }

    private void Begin()
    {
        _folder.Recover();
        _recorder.KeepEpochs(0);
        AtomicFile.Delete(_folder.ZeroShot);
        AtomicFile.WriteText(_folder.Recipe, _recipe);
        _fingerprint.Save();
        WriteSummary("running");
    }

    /// <summary>Puts the last checkpoint back.</summary>
    /// <returns>Whether the run was done.</returns>
    private bool Restore(JsonElement summary)
    {
        _loop.State = _saved = TrainingState.Load(_folder.State, _loop.Optimizer.Parameters, _loop.Optimizer);
        if (_saved.Epoch < 0 || _saved.Epoch > Epochs || _saved.Step < 0 || _saved.Step > _loop.Steps)
        {
            throw new HkaFerException(
                $"{_folder.State}: stands at epoch {_saved.Epoch}, step {_saved.Step}, which this run of {Epochs} epochs of {_loop.Steps} steps has not; the files are not of one run, start another");
        }

        _epochsBefore = _saved.Epoch;
        _recorder.KeepEpochs(_saved.Epoch);
        _time.Restore(summary);
        bool done = summary.Text("status") == "done";
        _scores.Restore(_saved, done && summary.TryGetProperty("test", out JsonElement test) && JsonObject.Create(test) is { } metrics
            ? TestOf(metrics) : null);
        _told = done ? RunRecorder.ClockOf(summary) : null;
        return done;
    }

    private RunOutcome Go(CancellationToken cancel)
    {
        try
        {
            return Train(cancel);
        }
        catch (HkaFerException e)
        {
            throw new HkaFerException(Failed(e), e);
        }
        catch (Exception e)
        {
            // Whatever it is, what was reached is saved; the error that a fault of ours brought goes on as it is.
            Failed(e);
            throw;
        }
    }

    private RunOutcome Train(CancellationToken cancel)
    {
        _task.Begin();
        RunLog.Start(Log, _folder.Path, _task.Method, _task.Count, Trainable, _task.Total, _loop.State.Epoch, _loop.State.Step);
        while (_loop.State.Epoch < Epochs && StoppedEarly is null)
        {
            if (!BeginTraining(cancel) || !_loop.RunEpoch(OnStep, cancel) || !FinishEpoch(cancel))
            {
                Save();
                return Interrupted();
            }
        }

        using IDisposable? average = _loop.Optimizer.Average?.Apply();
        try
        {
            _scores.AtEnd(_loop.State.Epoch, _time.Scoring(_loop.State), cancel);
        }
        catch (OperationCanceledException)
        {
            return Interrupted();
        }

        _task.Finish();
        WriteSummary("done");
        RunLog.Done(Log, _folder.Path, _loop.State.Epoch, _time.Seconds);
        return Result(interrupted: false);
    }

    private RunOutcome Interrupted()
    {
        WriteSummary("interrupted");
        RunLog.Interrupted(Log, _folder.Path, Math.Min(Epochs, _loop.State.Epoch + 1), _loop.State.Step);
        return Result(interrupted: true);
    }

    /// <summary>Saves what can be saved, and says so in <c>run.json</c>.</summary>
    /// <returns>What went wrong, what is kept, and how to go on.</returns>
    private string Failed(Exception error)
    {
        try
        {
            // Before its first step a run holds nothing that resuming could use.
            if (error is not DivergedException && !_loop.IsUpdating && !IsAtItsBeginning)
            {
                Save();
            }
        }
        catch (Exception)
        {
            // A full disk is still full; the error that brought us here is the one to report.
        }

        string kept = _saved is null ? "no checkpoint had been saved yet"
            : $"what was reached up to epoch {Math.Min(Epochs, _saved.Epoch + 1)}, step {_saved.Step} is saved in {_folder.Path}";
        string message = $"{error.Message}; {kept}{(error is DivergedException ? "" : IsAtItsBeginning ? Again : "; when this is put right, go on with --resume")}";
        try
        {
            WriteSummary("failed", message, error is DivergedException);
        }
        catch (Exception)
        {
            // As above.
        }

        return message;
    }

    /// <summary>Before the first step, scores what needs no training.</summary>
    /// <returns>False where it was stopped while scoring; it is then scored on resuming.</returns>
    private bool BeginTraining(CancellationToken cancel)
    {
        if (!IsAtItsBeginning)
        {
            return true;
        }

        try
        {
            _task.ScoreUntrained(cancel);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        if (_task.Untrained is { } metrics)
        {
            RunLog.ZeroShot(Log, (double?)metrics["accuracy"], _task.ScoredOn);
            WriteSummary("running");
        }

        return true;
    }

    /// <summary>Scores the epoch, notes it, and moves on to the next.</summary>
    /// <returns>False where it was stopped while scoring; the epoch is then scored on resuming.</returns>
    private bool FinishEpoch(CancellationToken cancel)
    {
        _loop.CheckWeights();
        TrainingState state = _loop.State;
        int epoch = state.Epoch + 1;
        bool due = epoch % _task.Settings.EvalEvery == 0 || epoch == Epochs;
        try
        {
            using IDisposable? average = _loop.Optimizer.Average?.Apply();
            _scores.Epoch(epoch, due, _time.Scoring(state), cancel);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        if (_scores.Improved(state) is { } better)
        {
            state = better;
            SaveModel(_folder.Best);
        }

        JsonObject? last = _scores.Last;
        double? accuracy = _task.CountsCorrect ? (double)state.Correct / state.Seen : null;
        _recorder.Epoch(
            new EpochRecord(epoch, _loop.LastRate, state.LossSum / state.Seen, accuracy, last is null ? null : _task.ScoredOn, last), _time.Clock());
        _time.Scored(state, _scores.Value);
        RunLog.Epoch(Log, epoch, Epochs, state.LossSum / state.Seen, accuracy, _scores.Value);
        _loop.State = state.AtNextEpoch(last);
        Save();
        return true;
    }

    private string? StoppedEarly => _task.ScoredOn is { } split ? _loop.State.StoppedEarly(_task.Settings, $"{_task.Measure} on {split}") : null;

    /// <summary>
    /// Writes a checkpoint. The state comes after the model and decides alone where a resumed run goes on: a crash in between costs the work since the
    /// last state, no more.
    /// </summary>
    private void Save()
    {
        _loop.CheckWeights();
        SaveModel(_folder.Last);
        _loop.State.Save(_folder.State, _loop.Optimizer.Parameters, _loop.Optimizer);
        _saved = _loop.State;
        WriteSummary("running");
    }

    private void SaveModel(string folder)
    {
        using IDisposable? average = _loop.Optimizer.Average?.Apply();
        _task.Save(folder);
    }

    private void OnStep(TrainingState state)
    {
        AfterStep?.Invoke();
        if (_task.Settings.SaveEvery is > 0 and var every && _loop.Optimizer.Steps % every == 0)
        {
            Save();
        }

        _time.Step(state);
    }

    private void WriteSummary(string status, string? error = null, bool diverged = false)
    {
        _told = _time.Clock();
        _recorder.Summary(status, _loop.State, _task.Untrained, _scores.Test, _told, error, StoppedEarly, diverged);
    }

    private RunOutcome Result(bool interrupted) => new()
    {
        Folder = _folder.Path,
        Untrained = _task.Untrained,
        Best = _scores.Best,
        Last = _scores.Last,
        Test = _scores.Test,
        Trainable = Trainable,
        Total = _task.Total,
        Clock = _told ?? _time.Clock(),
        Interrupted = interrupted,
        StoppedEarly = StoppedEarly,
        EpochsBefore = _epochsBefore,
        Epochs = _loop.State.Epoch,
        Warning = _recorder.Warning,
    };

    /// <summary>A score on the test split as <c>run.json</c> has it: the epoch stands among its metrics.</summary>
    private static EpochMetrics TestOf(JsonObject test)
    {
        int epoch = (int?)test["epoch"] ?? 0;
        test.Remove("epoch");
        return new EpochMetrics(epoch, test);
    }
}
