using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HkaFer.Training;

/// <summary>Trains what a recipe describes, in a folder that tells all about it.</summary>
public sealed class TrainingRun
{
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromSeconds(0.2);
    private readonly Recipe _recipe;
    private readonly RunFolder _folder;
    private readonly RunData _data;
    private readonly ExpressionModel _model;
    private readonly TrainingLoop _loop;
    private readonly BatchLoader? _scoring;
    private readonly RunFingerprint _fingerprint;
    private readonly RunRecorder _recorder;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private ScoredEpoch? _best;
    private EvaluationResult? _last;
    private EvaluationResult? _test;
    private int _epochsBefore;
    private double _secondsBefore;
    private double _trainSecondsBefore;
    private TimeSpan _reported;

    /// <summary>The last checkpoint that is whole on disk.</summary>
    private TrainingState? _saved;

    private TrainingRun(Recipe recipe, RunFolder folder, IProgress<TrainingProgress>? progress, RunData? data)
    {
        (_recipe, _folder, _progress) = (recipe, folder, progress);
        _data = data ?? RunData.Open(recipe.Data);
        var settings = LoopSettings.Of(recipe, _data);
        _model = ModelBuilder.Build(recipe, _data.Train.Classes);
        IReadOnlyList<Parameter> trainable = ModelBuilder.Trainable(_model);
        Trainable = trainable.Sum(p => p.Shape.Count);
        _loop = new TrainingLoop(_model, _data.Train, recipe.Optimizer.Create(trainable), settings);
        _scoring = _data.Scored is null ? null : new BatchLoader(_data.Scored, recipe.Training.EvalBatch, recipe.Preprocessing);
        _fingerprint = RunFingerprint.Of(folder, recipe, _data, _model.Classifier.Backbone);
        _recorder = new RunRecorder(folder, new JsonObject([
            .. RunRecorder.Facts(recipe, _data),
            new("steps", _loop.Steps),
            new("trainable", Trainable),
            new("total", Total),
            new("backbone_hash", _fingerprint.BackboneHash),
            _fingerprint.ToJson(),
        ]));
    }

    private Action? AfterStep { get; init; }

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
            CheckFolder(place, recipe, resume);
            var run = new TrainingRun(recipe, place, progress, data) { AfterStep = afterStep, Log = log ?? NullLogger.Instance };
            if (held is null)
            {
                held = RunLock.Take(place.Path);
                CheckFolder(place, recipe, resume);
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

    private static void CheckFolder(RunFolder folder, Recipe recipe, bool resume)
    {
        if (!RunFolder.IsRun(folder.Path))
        {
            // Nothing to go on with is as good as a run that was killed before it could write anything.
            return;
        }

        if (!resume)
        {
            throw new HkaFerException($"{folder.Path}: holds a run already; resume it with --resume, or choose another folder with --out");
        }

        RecipeDifference.Refuse(folder, recipe);
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
        _best = _saved.BestMetrics is { } best ? new ScoredEpoch(_saved.BestEpoch, MetricsJson.Read(best)) : null;
        _last = _saved.LastMetrics is { } last ? MetricsJson.Read(last) : null;
        (_secondsBefore, _trainSecondsBefore) = RunRecorder.SecondsOf(summary);
        bool done = summary.TryGetProperty("status", out JsonElement status) && status.ToString() == "done";
        _test = done && summary.TryGetProperty("test", out JsonElement test) && JsonObject.Create(test) is { } metrics ? MetricsJson.Read(metrics) : null;
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
            throw Failed(e);
        }
    }

    private RunResult Train(CancellationToken cancel)
    {
        RunLog.Start(Log, _folder.Path, _recipe.Method.Kind, _data.Train.Count, Trainable, Total, _loop.State.Epoch, _loop.State.Step);
        while (_loop.State.Epoch < Epochs && StoppedEarly is null)
        {
            if (!_loop.RunEpoch(OnStep, cancel) || !FinishEpoch(cancel))
            {
                Save();
                return Interrupted();
            }
        }

        using IDisposable? average = _loop.Optimizer.Average?.Apply();
        try
        {
            _test = _data.Reported is null ? null : Evaluator.Evaluate(_model, _data.Reported, _recipe.Training.EvalBatch, null, cancel);
        }
        catch (OperationCanceledException)
        {
            return Interrupted();
        }

        if (_recipe.Backbone.Save is { } save)
        {
            AtomicFile.RemoveLeftovers(save);
            _model.Classifier.Backbone.Save(save, DType.BFloat16);
        }

        WriteSummary("done");
        RunLog.Done(Log, _folder.Path, _loop.State.Epoch, Seconds);
        return Result(interrupted: false);
    }

    private RunResult Interrupted()
    {
        WriteSummary("interrupted");
        RunLog.Interrupted(Log, _folder.Path, _loop.State.Epoch + 1, _loop.State.Step);
        return Result(interrupted: true);
    }

    /// <summary>Saves what can be saved, and says what is kept.</summary>
    private HkaFerException Failed(HkaFerException error)
    {
        try
        {
            if (error is not DivergedException)
            {
                Save();
            }
        }
        catch (HkaFerException)
        {
            // A full disk is still full; the error that brought us here is the one to report.
        }

        string kept = _saved is null ? "no checkpoint had been saved yet"
            : $"what was reached up to epoch {Math.Min(Epochs, _saved.Epoch + 1)}, step {_saved.Step} is saved in {_folder.Path}";
        string message = $"{error.Message}; {kept}{(error is DivergedException ? "" : "; when this is put right, go on with --resume")}";
        try
        {
            WriteSummary("failed", message);
        }
        catch (HkaFerException)
        {
            // As above.
        }

        return new HkaFerException(message, error);
    }

    /// <summary>Scores the epoch, notes it, and moves on to the next.</summary>
    /// <returns>False where it was stopped while scoring; the epoch is then scored on resuming.</returns>
    private bool FinishEpoch(CancellationToken cancel)
    {
        CheckWeights();
        TrainingState state = _loop.State;
        int epoch = state.Epoch + 1;
        bool due = epoch % _recipe.Training.EvalEvery == 0 || epoch == Epochs;
        try
        {
            using IDisposable? average = _loop.Optimizer.Average?.Apply();
            ScoredSplit? scored = due && _scoring is not null ? Evaluator.Score(_model, _data.Scored!, _scoring, null, cancel) : null;
            _last = scored?.Metrics;
            if (scored is not null)
            {
                ResultFiles.Write(_folder, epoch, _model.Labels, _data.Scored!, scored);
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        if (_last is not null && _last.Accuracy > state.BestAccuracy)
        {
            _best = new ScoredEpoch(epoch, _last);
            state = state with { BestEpoch = epoch, BestAccuracy = _last.Accuracy, BestMetrics = MetricsJson.Write(_last) };
            SaveModel(_folder.Best);
        }

        _recorder.Epoch(
            new EpochRecord(
                epoch, _loop.LastRate, state.LossSum / state.Seen, (double)state.Correct / state.Seen, _last is null ? null : _data.Scored!.Split, _last),
            Clock());
        Report(state with { Step = _loop.Steps }, "scored");
        RunLog.Epoch(Log, epoch, Epochs, state.LossSum / state.Seen, (double)state.Correct / state.Seen, _last?.Accuracy);
        _loop.State = state with
        {
            Epoch = epoch,
            Step = 0,
            LossSum = 0,
            Correct = 0,
            Seen = 0,
            LastMetrics = _last is null ? null : MetricsJson.Write(_last),
        };
        Save();
        return true;
    }

    /// <summary>
    /// Why the run ended before its last epoch, or null where it did not. Told by the state alone, so that a run that is resumed ends where it would have.
    /// </summary>
    private string? StoppedEarly => _recipe.Training.Patience is { } patience && _loop.State is { Step: 0 } state && state.Epoch < Epochs
        && state.Epoch % _recipe.Training.EvalEvery == 0 && state.Epoch - state.BestEpoch >= patience
            ? $"no better accuracy on {_data.Scored!.Split} in the {state.Epoch - state.BestEpoch} epochs since epoch {state.BestEpoch} (training.patience {patience})"
            : null;

    private double Seconds => _secondsBefore + _watch.Elapsed.TotalSeconds;

    private double TrainSeconds => _trainSecondsBefore + _loop.Seconds;

    private double ImagesPerSecond
    {
        get
        {
            double images = ((double)_loop.State.Epoch * _data.Train.Count) + _loop.State.Seen;
            return TrainSeconds > 0 ? images / TrainSeconds : 0;
        }
    }

    /// <summary>
    /// Writes a checkpoint. The state comes after the model and decides alone where a resumed run goes on: a crash in between costs the work since the
    /// last state, no more.
    /// </summary>
    private void Save()
    {
        CheckWeights();
        SaveModel(_folder.Last);
        _loop.State.Save(_folder.State, _loop.Optimizer.Parameters, _loop.Optimizer);
        _saved = _loop.State;
        WriteSummary("running");
    }

    /// <summary>Nothing is saved, and no epoch scored, with weights that are no numbers.</summary>
    private void CheckWeights()
    {
        if (_loop.Optimizer.Parameters.FirstOrDefault(p => !double.IsFinite(Update.SumSquares(p.Value.Detach()))) is { } broken)
        {
            throw new DivergedException(
                $"train: the weight {broken.Path} is not finite after epoch {_loop.State.Epoch + 1}, step {_loop.State.Step}; lower the learning rate or clip gradients (training.clip)");
        }
    }

    /// <summary>Writes the model; where training changes the backbone, that too.</summary>
    private void SaveModel(string folder)
    {
        using IDisposable? average = _loop.Optimizer.Average?.Apply();
        AtomicFolder.Replace(folder, fresh =>
        {
            if (!_recipe.Method.TrainsBackbone)
            {
                _model.Save(fresh);
                return;
            }

            _model.Classifier.Backbone.Save(Path.Combine(fresh, "backbone"));
            new ExpressionModel(_model.Classifier, null, _model.Preprocessing, "backbone").Save(fresh);
        });
    }

    private void OnStep(TrainingState state)
    {
        AfterStep?.Invoke();
        if (_recipe.Training.SaveEvery is > 0 and var every && _loop.Optimizer.Steps % every == 0)
        {
            Save();
        }

        Report(state, "train");
    }

    private void Report(TrainingState state, string phase)
    {
        if (_progress is null || (phase == "train" && _watch.Elapsed - _reported < s_reportEvery))
        {
            return;
        }

        _reported = _watch.Elapsed;
        double share = (state.Epoch + ((double)state.Step / _loop.Steps)) / Epochs;
        TimeSpan remaining = share > 0 ? TimeSpan.FromSeconds(Seconds * (1 - share) / share) : TimeSpan.Zero;
        double accuracy = phase == "scored" && _last is not null ? _last.Accuracy : (double)state.Correct / Math.Max(1, state.Seen);
        _progress.Report(new TrainingProgress(
            state.Epoch + 1, Epochs, state.Step, _loop.Steps, state.LossSum / Math.Max(1, state.Seen), accuracy, ImagesPerSecond, remaining, phase));
    }

    private void WriteSummary(string status, string? error = null) => _recorder.Summary(status, _loop.State, _test, Clock(), error, StoppedEarly);

    private RunClock Clock() => new(Seconds, TrainSeconds, ImagesPerSecond, Machine.PeakMemoryBytes());

    private RunResult Result(bool interrupted) => new()
    {
        Folder = _folder.Path,
        Best = _best,
        Last = _last,
        Test = _test,
        Trainable = Trainable,
        Total = Total,
        Seconds = Seconds,
        PeakMemoryBytes = Machine.PeakMemoryBytes(),
        ImagesPerSecond = ImagesPerSecond,
        Interrupted = interrupted,
        StoppedEarly = StoppedEarly,
        EpochsBefore = _epochsBefore,
        Epochs = _loop.State.Epoch,
        Warning = _recorder.Warning,
    };
}
