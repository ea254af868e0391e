using System.Security.Cryptography;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A classifier of expressions on a backbone, scored by its share of right answers.</summary>
internal sealed class ClassifierTask : RunTask
{
    private readonly Recipe _recipe;
    private readonly RunData _data;
    private readonly ExpressionModel _model;
    private readonly RunFolder _folder;
    private readonly BatchLoader _loader;
    private readonly BatchLoader? _scored;
    private readonly TrainingLoss _loss;
    private readonly int[] _labels;
    private EvaluationResult? _zeroShot;

    /// <summary>Opens the data and makes the model.</summary>
    /// <param name="recipe">All settings.</param>
    /// <param name="folder">The run's.</param>
    /// <param name="data">Pictures that are open already, or null.</param>
    /// <exception cref="HkaFerException">Data, backbone or recipe do not fit.</exception>
    internal ClassifierTask(Recipe recipe, RunFolder folder, RunData? data)
    {
        (_recipe, _folder) = (recipe, folder);
        if (recipe.Backbone.Save is { } place)
        {
            ModelFiles.CheckPlace(place);
        }

        _data = data ?? RunData.Open(recipe.Data).Cached(recipe.Data);
        TrainingSettings training = recipe.Training;
        _loss = new TrainingLoss(training.LabelSmoothing, training.ClassWeights.For(_data.Train));
        _data.CheckTraining(
            recipe.Data.Sampling,
            training.Patience is not null ? "training.patience" : training.Selection == ModelSelection.Best ? "training.selection: best" : null,
            recipe.Data.Train!);
        Settings = RunSettings.Of(training, recipe.Optimizer, recipe.Schedule);
        _model = ModelBuilder.Build(recipe, _data.Train.Classes);
        Optimizer = recipe.Optimizer.Create(
            ModelBuilder.Trainable(_model), recipe.Optimizer.LayerDecay == 1 ? null : LayerDecay.Of(_model.Classifier, recipe.Optimizer.LayerDecay));
        _labels = [.. Enumerable.Range(0, Count).Select(i => _data.Train[i].Label)];
        _loader = new BatchLoader(_data.Train, training.Batch, _model.Preprocessing, recipe.Augmentation, training.Seed);
        _scored = _data.Scored is null ? null : new BatchLoader(_data.Scored, training.EvalBatch, _model.Preprocessing);
        Inputs = [.. InputsOf(_model)];
        _zeroShot = ZeroShotScore.Read(folder.ZeroShot);
    }

    internal override string Kind => "classify";

    internal override string Method => _recipe.Method.Kind;

    internal override RunSettings Settings { get; }

    internal override Optimizer Optimizer { get; }

    internal override long Total => _model.Classifier.ParameterCount + (_model.Adapter?.ParameterCount ?? 0);

    internal override int Count => _data.Train.Count;

    internal override IEnumerable<(string Name, ImageDataset Data)> Splits => _data.Splits();

    internal override IEnumerable<RunInput> Inputs { get; }

    internal override string? ScoredOn => _data.Scored?.Split;

    internal override JsonObject? Untrained => _zeroShot is null ? null : MetricsJson.Write(_zeroShot);

    internal override IEnumerable<KeyValuePair<string, JsonNode?>> Facts =>
    [
        new("method", Method),
        new("backbone", _recipe.Backbone.Folder ?? "scratch"),
        new("train", $"{_recipe.Data.Train} ({Count} pictures)"),
        new("scored_on", _data.Scored is { } scored ? $"{scored.Kind} {scored.Split} ({scored.Count} pictures)" : null),
        new("labels", new JsonArray([.. _data.Train.Classes.Select(label => (JsonNode)label)])),
        new("caution", Caution),
        .. Backbones.CommitOf(_model.BaseName) is { } commit ? [new("backbone_revision", commit)] : (IEnumerable<KeyValuePair<string, JsonNode?>>)[],
        new("backbone_hash", Inputs.First().Value!.DeepClone()),
        new("unused_tensors", new JsonArray([.. LeftOver.Select(name => (JsonNode)name)])),
    ];

    /// <summary>Why the scores flatter the model; null where nothing is known to.</summary>
    internal string? Caution => _data.Caution(_recipe.Training);

    /// <summary>Tensors of the backbone's checkpoint that have no place in the model.</summary>
    internal IReadOnlyList<string> LeftOver => _model.LeftOver;

    internal override int[] Order(int epoch) => OrderOf(_labels, _recipe.Data.Sampling, _recipe.Training.Seed, epoch);

    internal override IEnumerable<TrainingBatch> Batches(int[] order, int epoch, int firstBatch) =>
        _loader.Batches(order, epoch, firstBatch, CancellationToken.None)
            .Select(batch => new TrainingBatch(batch.Indices.AsMemory(0, batch.Count), () => Loss(batch)));

    internal override string NameOf(int example) => _data.Train[example].Path;

    internal override void ScoreUntrained(CancellationToken cancel)
    {
        if (_scored is not null && _model.Classifier.Head is ClipTextHead head)
        {
            _zeroShot = ZeroShotScore.Write(_model, head, _data.Scored!, _scored, _folder.ZeroShot, cancel);
        }
    }

    internal override EpochScore? Score(int epoch, IProgress<(int Done, int All)> progress, CancellationToken cancel)
    {
        if (_scored is null)
        {
            return null;
        }

        ScoredSplit scored = Evaluator.Score(_model, _data.Scored!, _scored, Of(_data.Scored!, progress), cancel);
        ResultFiles.Write(_folder, epoch, _model.Labels, _data.Scored!, scored);
        return new EpochScore(scored.Metrics.Accuracy, MetricsJson.Write(scored.Metrics));
    }

    internal override JsonObject? ScoreReported(string? saved, IProgress<(int Done, int All)> progress, CancellationToken cancel) => _data.Reported is { } split
        ? MetricsJson.Write(Evaluator.Evaluate(
            saved is null ? _model : ExpressionModel.Load(saved), split, _recipe.Training.EvalBatch, Of(split, progress), cancel))
        : null;

    internal override void Save(string folder) => ModelFiles.Save(_model, folder, _recipe.Method.TrainsBackbone);

    internal override void Finish()
    {
        if (_recipe.Backbone.Save is { } place)
        {
            ModelFiles.SaveBackbone(_model.Classifier.Backbone, place, _model.Preprocessing);
        }
    }

    private static IEnumerable<RunInput> InputsOf(ExpressionModel model)
    {
        ImageEncoder backbone = model.Classifier.Backbone;
        foreach (RunInput input in RunFingerprint.Backbone(backbone, model.Preprocessing))
        {
            yield return input;
        }

        yield return new("texts",
            model.Classifier.Head is ClipTextHead head ? Convert.ToHexStringLower(SHA256.HashData(head.Embeddings.Value.ToBytes())) : null,
            "the texts of the classes", "give the run the prompts and the text encoder that it began with");
        yield return RunFingerprint.BFloat16(backbone.Parameters().Any(p => p.Parameter.Value.DType == DType.BFloat16));
    }

    private BatchLoss Loss(Batch batch)
    {
        Tensor logits = _model.Classifier.Forward(batch.ToTensor());
        (Tensor loss, double weight) = _loss.Of(logits, batch);
        return new BatchLoss(loss, weight, CountCorrect(logits.ToArray<float>(), batch.Labels.AsSpan(0, batch.Count)));
    }

    private static int CountCorrect(float[] logits, ReadOnlySpan<int> labels)
    {
        int classes = logits.Length / labels.Length, correct = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            correct += Greatest.Of<float>(logits.AsSpan(i * classes, classes)) == labels[i] ? 1 : 0;
        }

        return correct;
    }
}
