using System.Diagnostics;
using System.Runtime.InteropServices;
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
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private ScoredEpoch? _best;
    private EvaluationResult? _last;
    private EvaluationResult? _test;
    private double _secondsBefore;
    private double _trainSecondsBefore;
    private TimeSpan _reported;

    private TrainingRun(Recipe recipe, RunFolder folder, IProgress<TrainingProgress>? progress, RunData? data)
    {
        (_recipe, _folder, _progress) = (recipe, folder, progress);
        _data = data ?? RunData.Open(recipe.Data);
        _model = ModelBuilder.Build(recipe, _data.Train.Classes);
        IReadOnlyList<Parameter> trainable = ModelBuilder.Trainable(_model);
        Trainable = trainable.Sum(p => p.Shape.Count);
        _loop = new TrainingLoop(_model, _data.Train, recipe.Optimizer.Create(trainable), new LoopSettings
        {
            Epochs = recipe.Training.Epochs,
            BatchSize = recipe.Training.Batch,
            LearningRate = recipe.Optimizer.LearningRate,
            Schedule = recipe.Schedule,
            Seed = recipe.Training.Seed,
            Augmentation = recipe.Augmentation,
            LabelSmoothing = recipe.Training.LabelSmoothing,
            ClipNorm = recipe.Training.Clip,
        });
        _scoring = _data.Scored is null ? null : new BatchLoader(_data.Scored, recipe.Training.EvalBatch, recipe.Preprocessing);
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
    /// <exception cref="HkaFerException">Data, backbone or recipe do not fit, the folder holds another run, or the loss is not a number.</exception>
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
        CheckFolder(place, recipe, resume);
        var run = new TrainingRun(recipe, place, progress, data) { AfterStep = afterStep, Log = log ?? NullLogger.Instance };
        if (resume && File.Exists(TrainingState.File(place.State)))
        {
            run.Restore();
        }
        else
        {
            run.Begin();
        }

        return run.Go(cancel);
    }

    private static void CheckFolder(RunFolder folder, Recipe recipe, bool resume)
    {
        bool exists = RunFolder.IsRun(folder.Path);
        if (exists && !resume)
        {
            throw new HkaFerException($"{folder.Path}: holds a run already; resume it with --resume, or choose another folder with --out");
        }

        if (!exists && resume)
        {
            throw new HkaFerException($"{folder.Path}: holds no run to resume; start it without --resume");
        }

        if (!exists)
        {
            return;
        }

        if (!File.Exists(folder.Recipe))
        {
            throw new HkaFerException($"{folder.Recipe}: is missing, so the run cannot be resumed; start another");
        }

        string[] before = File.ReadAllText(folder.Recipe).Split('\n'), now = recipe.ToYaml().Split('\n');
        for (int i = 0; i < Math.Max(before.Length, now.Length); i++)
        {
            if (At(before, i) != At(now, i))
            {
                throw new HkaFerException(
                    $"{folder.Path}: the recipe has changed since the run began; it says '{At(before, i).Trim()}', now '{At(now, i).Trim()}'; resume with the same recipe, or start another run");
            }
        }
    }

    private static string At(string[] lines, int i) => i < lines.Length ? lines[i].TrimEnd() : "";

    private void Begin()
    {
        AtomicFile.WriteText(_folder.Recipe, _recipe.ToYaml());
        WriteSummary("running");
    }

    private void Restore()
    {
        _loop.State = TrainingState.Load(_folder.State, _loop.Optimizer.Parameters, _loop.Optimizer);
        (_secondsBefore, _trainSecondsBefore) = (_loop.State.Seconds, _loop.State.TrainSeconds);
    }

    private RunResult Go(CancellationToken cancel)
    {
        RunLog.Start(Log, _folder.Path, _recipe.Method.Kind, _data.Train.Count, Trainable, Total, _loop.State.Epoch, _loop.State.Step);
        while (_loop.State.Epoch < Epochs)
        {
            if (!_loop.RunEpoch(OnStep, cancel) || !FinishEpoch(cancel))
            {
                Save();
                WriteSummary("interrupted");
                RunLog.Interrupted(Log, _folder.Path, _loop.State.Epoch + 1, _loop.State.Step);
                return Result(interrupted: true);
            }
        }

        // A resumed run that found nothing better has the best model on disk, but only its accuracy in hand.
        if (_best is null && _loop.State.BestEpoch > 0)
        {
            ExpressionModel best = ExpressionModel.Load(_folder.Best);
            _best = new ScoredEpoch(_loop.State.BestEpoch, Evaluator.Evaluate(best, _data.Scored!, _recipe.Training.EvalBatch, null, cancel));
        }

        _test = _data.Reported is null ? null : Evaluator.Evaluate(_model, _data.Reported, _recipe.Training.EvalBatch, null, cancel);
        if (_recipe.Backbone.Save is { } save)
        {
            _model.Classifier.Backbone.Save(save, DType.BFloat16);
        }

        WriteSummary("done");
        RunLog.Done(Log, _folder.Path, Epochs, Seconds);
        return Result(interrupted: false);
    }

    /// <summary>Scores the epoch, notes it, and moves on to the next.</summary>
    /// <returns>False where it was stopped while scoring; the epoch is then scored on resuming.</returns>
    private bool FinishEpoch(CancellationToken cancel)
    {
        TrainingState state = _loop.State;
        int epoch = state.Epoch + 1;
        bool due = epoch % _recipe.Training.EvalEvery == 0 || epoch == Epochs;
        try
        {
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
            state = state with { BestEpoch = epoch, BestAccuracy = _last.Accuracy };
            SaveModel(_folder.Best);
        }

        RunFolder.AppendLine(_folder.Metrics, epoch - 1, new JsonObject
        {
            ["epoch"] = epoch,
            ["learning_rate"] = _loop.LastRate,
            ["train_loss"] = state.LossSum / state.Seen,
            ["train_accuracy"] = (double)state.Correct / state.Seen,
            ["split"] = _last is null ? null : _data.Scored!.Split,
            ["metrics"] = _last is null ? null : MetricsJson.Write(_last),
        });
        RunFolder.AppendLine(_folder.Timing, epoch - 1, new JsonObject
        {
            ["epoch"] = epoch,
            ["time"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0,
            ["seconds"] = Seconds,
            ["train_seconds"] = TrainSeconds,
            ["images_per_second"] = ImagesPerSecond,
            ["peak_memory_bytes"] = Machine.PeakMemoryBytes(),
        });
        Report(state with { Step = _loop.Steps }, "scored");
        RunLog.Epoch(Log, epoch, Epochs, state.LossSum / state.Seen, (double)state.Correct / state.Seen, _last?.Accuracy);
        _loop.State = state with { Epoch = epoch, Step = 0, LossSum = 0, Correct = 0, Seen = 0 };
        Save();
        WriteSummary("running");
        return true;
    }

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

    private void Save()
    {
        SaveModel(_folder.Last);
        _loop.State = _loop.State with { Seconds = Seconds, TrainSeconds = TrainSeconds };
        _loop.State.Save(_folder.State, _loop.Optimizer.Parameters, _loop.Optimizer);
    }

    /// <summary>Writes the model; where training changes the backbone, that too.</summary>
    private void SaveModel(string folder)
    {
        RunFolder.Replace(folder, fresh =>
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

    private void WriteSummary(string status) => _folder.WriteSummary(new JsonObject
    {
        ["kind"] = "run",
        ["status"] = status,
        ["method"] = _recipe.Method.Kind,
        ["backbone"] = _recipe.Backbone.Folder ?? "scratch",
        ["backbone_hash"] = _recipe.Method.TrainsBackbone ? null : BackboneHash,
        ["train"] = $"{_recipe.Data.Train} ({_data.Train.Count} pictures)",
        ["scored_on"] = _data.Scored is null ? null : $"{_data.Scored.Kind} {_data.Scored.Split} ({_data.Scored.Count} pictures)",
        ["labels"] = new JsonArray([.. _model.Labels.Select(label => (JsonNode)label)]),
        ["epochs"] = Epochs,
        ["epochs_done"] = _loop.State.Epoch,
        ["selection"] = _recipe.Training.Selection.ToString().ToLowerInvariant(),
        ["best"] = _loop.State.BestEpoch == 0 ? null : new JsonObject { ["epoch"] = _loop.State.BestEpoch, ["accuracy"] = _loop.State.BestAccuracy },
        ["last"] = _last is null ? null : new JsonObject { ["accuracy"] = _last.Accuracy, ["macro_f1"] = _last.MacroF1 },
        ["test"] = _test is null ? null : MetricsJson.Write(_test),
        ["trainable"] = Trainable,
        ["total"] = Total,
        ["version"] = typeof(TrainingRun).Assembly.GetName().Version?.ToString(3),
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["system"] = RuntimeInformation.OSDescription,
        ["processors"] = Environment.ProcessorCount,
    });

    private string BackboneHash => field ??= ModelHash.Of(_model.Classifier.Backbone);

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
    };
}
