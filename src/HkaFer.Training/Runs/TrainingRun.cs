using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HkaFer.Training;

/// <summary>Trains what a recipe describes, in a folder that tells all about it.</summary>
public sealed class TrainingRun
{
    private readonly Recipe _recipe;
    private readonly RunFolder _folder;
    private readonly RunData _data;
    private readonly ExpressionModel _model;
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

    private TrainingRun(Recipe recipe, RunFolder folder, IProgress<TrainingProgress>? progress, RunData? data)
    {
        (_recipe, _folder) = (recipe, folder);
        _data = data ?? RunData.Open(recipe.Data).Cached(recipe.Data);
        var settings = LoopSettings.Of(recipe, _data);
        _model = ModelBuilder.Build(recipe, _data.Train.Classes);
        IReadOnlyList<Parameter> trainable = ModelBuilder.Trainable(_model);
        Trainable = trainable.Sum(p => p.Shape.Count);
        _loop = new TrainingLoop(_model, _data.Train, recipe.Optimizer.Create(trainable), settings);
        _time = new RunProgress(_loop, Epochs, _data.Train.Count, progress);
        _scores = new RunScores(_model, _data, folder, recipe.Training);
        _fingerprint = RunFingerprint.Of(folder, recipe, _data, _model);
        _recorder = new RunRecorder(folder, new JsonObject([
            .. RunRecorder.Facts(recipe, _data),
            new("steps", _loop.Steps),
            new("trainable", Trainable),
            new("total", Total),
            .. Backbones.CommitOf(_model.BaseName) is { } commit ? [new("backbone_revision", commit)] : (IEnumerable<KeyValuePair<string, JsonNode?>>)[],
            new("backbone_hash", _fingerprint.BackboneHash),
            new("unused_tensors", new JsonArray([.. _model.LeftOver.Select(name => (JsonNode)name)])),
            _fingerprint.ToJson(),
        ]));
    }

    private Action? AfterStep { get; init; }

    /// <summary>What to do after a failure before the first step, whose cause may well be the recipe: a run goes on with its own recipe only.</summary>
    private const string Again = "; when this is put right, start again: with another --out, or where the recipe stays as it is, with --resume";

    private bool IsAtItsBeginning => _loop.State is { Epoch: 0, Step: 0 };

    private ILogger Log { get; init; } = NullLogger.Instance;

    private long Trainable { get; }

    private long Total => _model.Classifier.ParameterCount + (_model.Adapter?.ParameterCount ?? 0);

    private int Epochs => _recipe.Training.Epochs;

    /// <summary>Runs a recipe to its end, or until stopped.</summary>
    /// <param name="recipe">All settings.</param>
    /// <param name="folder">The run's folder; made where it does not exist.</param>
    /// <param name="resume">Goes on with the run that is in the folder.</param>
    /// <param name="progress">Told how far it is, on the thread that trains: a few times a second, and at the end of each epoch.</param>
    /// <param name="log">Told of the start, each epoch and the end (Information), and of an interruption (Warning).</param>
    /// <param name="cancel">Stops after the step under way; what was reached is saved and can be resumed.</param>
    /// <exception cref="HkaFerException">
    /// Data, backbone or recipe do not fit, the folder is in use, holds another run or cannot be written, a picture cannot be read, or the loss is not
    /// a number. The last checkpoint is whole then.
    /// </exception>
    public static RunResult Execute(
        Recipe recipe, string folder, bool resume = false, IProgress<TrainingProgress>? progress = null, ILogger? log = null,
        CancellationToken cancel = default) =>
        Execute(recipe, folder, resume, progress, log, null, null, cancel);

    /// <summary>As the public one; several runs may share pictures that are open already, and a test may stop a run at any step.</summary>
    internal static RunResult Execute(
        Recipe recipe, string folder, bool resume, IProgress<TrainingProgress>? progress, ILogger? log, RunData? data, Action? afterStep,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Check();
        var place = new RunFolder(folder);

        // A run that is in use is refused before minutes of loading; a new folder is made only when nothing else can fail.
        RunLock? held = RunFolder.IsRun(place.Path) ? RunLock.Take(place.Path) : null;
        try
        {
            place.CheckFree(recipe, resume);
            var run = new TrainingRun(recipe, place, progress, data) { AfterStep = afterStep, Log = log ?? NullLogger.Instance };
            if (held is null)
            {
                held = RunLock.Take(place.Path);
                place.CheckFree(recipe, resume);
            }

            RunResult result = run.Start() ?? run.Go(cancel);
            if (result.Warning is { } problem)
            {
                RunLog.Incomplete(run.Log, place.Path, problem);
            }

            return result;
        }
        finally
        {
            held?.Dispose();
        }
    }

    /// <summary>Goes to where the run stands: its beginning, its last checkpoint, or its end.</summary>
    /// <returns>The result of a run that was done already, whose files are left as they are; else null.</returns>
    private RunResult? Start()
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

        Begin();
        return null;
    }

    private void Begin()
    {
        _folder.Recover();
        _recorder.KeepEpochs(0);
        AtomicFile.Delete(_folder.ZeroShot);
        AtomicFile.WriteText(_folder.Recipe, _recipe.ToYaml());
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
            ? new ScoredEpoch((int)(test.Number("epoch") ?? 0), MetricsJson.Read(metrics)) : null);
        _told = done ? RunRecorder.ClockOf(summary) : null;
        return done;
    }

    private RunResult Go(CancellationToken cancel)
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

    private RunResult Train(CancellationToken cancel)
    {
        RunLog.Start(Log, _folder.Path, _recipe.Method.Kind, _data.Train.Count, Trainable, Total, _loop.State.Epoch, _loop.State.Step);
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

        if (_recipe.Backbone.Save is { } save)
        {
            ModelFiles.SaveBackbone(_model.Classifier.Backbone, Path.TrimEndingDirectorySeparator(Path.GetFullPath(save)));
        }

        WriteSummary("done");
        RunLog.Done(Log, _folder.Path, _loop.State.Epoch, _time.Seconds);
        return Result(interrupted: false);
    }

    private RunResult Interrupted()
    {
        WriteSummary("interrupted");
        RunLog.Interrupted(Log, _folder.Path, _loop.State.Epoch + 1, _loop.State.Step);
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
            WriteSummary("failed", message);
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
            _scores.BeforeTraining(cancel);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        if (_scores.ZeroShot is { } score)
        {
            RunLog.ZeroShot(Log, score.Accuracy, _data.Scored!.Split);
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
        bool due = epoch % _recipe.Training.EvalEvery == 0 || epoch == Epochs;
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

        EvaluationResult? last = _scores.Last;
        _recorder.Epoch(
            new EpochRecord(
                epoch, _loop.LastRate, state.LossSum / state.Seen, (double)state.Correct / state.Seen, last is null ? null : _data.Scored!.Split, last),
            _time.Clock());
        _time.Scored(state, last?.Accuracy, _data.Scored?.Split);
        RunLog.Epoch(Log, epoch, Epochs, state.LossSum / state.Seen, (double)state.Correct / state.Seen, last?.Accuracy);
        _loop.State = state.AtNextEpoch(last is null ? null : MetricsJson.Write(last));
        Save();
        return true;
    }

    private string? StoppedEarly => _data.Scored is { } scored ? _loop.State.StoppedEarly(_recipe.Training, scored.Split) : null;

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
        ModelFiles.Save(_model, folder, _recipe.Method.TrainsBackbone);
    }

    private void OnStep(TrainingState state)
    {
        AfterStep?.Invoke();
        if (_recipe.Training.SaveEvery is > 0 and var every && _loop.Optimizer.Steps % every == 0)
        {
            Save();
        }

        _time.Step(state);
    }

    private void WriteSummary(string status, string? error = null)
    {
        _told = _time.Clock();
        _recorder.Summary(status, _loop.State, _scores, _told, error, StoppedEarly);
    }

    private RunResult Result(bool interrupted)
    {
        RunClock clock = _told ?? _time.Clock();
        return new RunResult
        {
            Folder = _folder.Path,
            ZeroShot = _scores.ZeroShot,
            Best = _scores.Best,
            Last = _scores.Last,
            Test = _scores.Test,
            Trainable = Trainable,
            Total = Total,
            Seconds = clock.Seconds,
            PeakMemoryBytes = clock.PeakMemoryBytes,
            ImagesPerSecond = clock.ImagesPerSecond,
            Interrupted = interrupted,
            StoppedEarly = StoppedEarly,
            EpochsBefore = _epochsBefore,
            Epochs = _loop.State.Epoch,
            Caution = _data.Caution(_recipe.Training),
            Warning = _recorder.Warning,
            LeftOver = _model.LeftOver,
        };
    }
}
