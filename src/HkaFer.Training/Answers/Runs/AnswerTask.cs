using System.Security.Cryptography;
using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A stage in which a vision-language model learns to name expressions: LoRA on its language model, the loss on the answer alone.</summary>
internal sealed class AnswerTask : RunTask
{
    private readonly AnswerRecipe _recipe;
    private readonly AnswerStage _stage;
    private readonly RunFolder _folder;
    private readonly RunData _data;
    private readonly AnsweringModel _model;
    private readonly int[] _labels;
    private readonly int[][] _answers;

    /// <summary>Opens the data and makes the model.</summary>
    /// <param name="recipe">All settings.</param>
    /// <param name="stage">Which of its stages.</param>
    /// <param name="before">The model of the stage before, or null.</param>
    /// <param name="folder">The stage's.</param>
    /// <exception cref="HkaFerException">Data, model or recipe do not fit.</exception>
    internal AnswerTask(AnswerRecipe recipe, AnswerStage stage, string? before, RunFolder folder)
    {
        (_recipe, _stage, _folder) = (recipe, stage, folder);
        _data = Open(recipe, stage);
        _model = AnswerBuilder.Build(recipe, stage, before, _data.Train.Classes);
        _labels = [.. Enumerable.Range(0, Count).Select(i => _data.Train[i].Label)];
        _answers = [.. Enumerable.Range(0, _model.Labels.Count).Select(_model.AnswerTokens)];
        AnswerTraining training = recipe.Training;
        Optimizer = new AdamW(AnswerBuilder.Trainable(_model), stage.LearningRate, weightDecay: training.WeightDecay);
        Settings = new RunSettings
        {
            Epochs = stage.Epochs,
            BatchSize = 1,
            Accumulate = training.Accumulate,
            LearningRate = stage.LearningRate,
            Schedule = new CosineSchedule { WarmupEpochs = training.Warmup * stage.Epochs, WarmupStart = 0 },
            ClipNorm = training.Clip,
            Selection = training.Selection,
            EvalEvery = training.EvalEvery,
            SaveEvery = training.SaveEvery,
            Seed = training.Seed,
        };
        Inputs = [.. InputsOf(before)];
    }

    /// <summary>Whether epochs and the finished model are scored; else whoever runs it does that.</summary>
    internal bool ScoresEpochs { get; init; } = true;

    /// <summary>Told when all that can be refused has been checked, and training begins or goes on.</summary>
    internal Action? Begins { get; init; }

    internal override string Kind => "answer";

    internal override string Method => "lora";

    internal override RunSettings Settings { get; }

    internal override Optimizer Optimizer { get; }

    internal override long Total => _model.Model.ParameterCount + _model.Adapter!.ParameterCount + _model.Earlier.Sum(stage => stage.Adapter.ParameterCount);

    internal override int Count => _data.Train.Count;

    internal override bool CountsCorrect => false;

    internal override IEnumerable<(string Name, ImageDataset Data)> Splits => _data.Splits();

    internal override IEnumerable<RunInput> Inputs { get; }

    internal override IEnumerable<KeyValuePair<string, JsonNode?>> Facts =>
    [
        new("stage", _stage.Name),
        new("method", Method),
        new("rank", _stage.Rank),
        new("join", _model.Earlier is [.., var last] ? last.Join.ToString().ToLowerInvariant() : null),
        new("prompt", _recipe.Prompt),
        new("backbone", _recipe.Backbone),
        new("train", $"{string.Join(", ", _stage.Data.Train)} ({Count} pictures)"),
        new("scored_on", Scored is { } scored ? $"{scored.Kind} {scored.Split} ({scored.Count} pictures)" : null),
        new("tested_on", Reported is { } tested ? $"{tested.Kind} {tested.Split} ({tested.Count} pictures)" : null),
        new("caution", Caution),
        new("labels", new JsonArray([.. _model.Labels.Select(label => (JsonNode)label)])),
        new("backbone_hash", Inputs.First().Value!.DeepClone()),
        new("unused_tensors", new JsonArray([.. _model.LeftOver.Select(name => (JsonNode)name)])),
    ];

    internal override string? ScoredOn => Scored?.Split;

    internal override int[] Order(int epoch) => OrderOf(_labels, _stage.Data.Sampling, _recipe.Training.Seed, epoch);

    internal override IEnumerable<TrainingBatch> Batches(int[] order, int epoch, int firstBatch) =>
        Enumerable.Range(0, order.Length).Select(i => new TrainingBatch(order.AsMemory(i, 1), () => new BatchLoss(Loss(order[i]), 1)));

    internal override string NameOf(int example) => _data.Train[example].Path;

    internal override EpochScore? Score(int epoch, IProgress<(int Done, int All)> progress, CancellationToken cancel)
    {
        if (Scored is not { } data)
        {
            return null;
        }

        (AnswerEvaluation evaluation, ScoredSplit split) = AnswerEvaluator.Score(_model, data, _recipe.Decode, Of(data, progress), cancel);
        ResultFiles.Write(_folder, epoch, [.. evaluation.Metrics.PerClass.Select(c => c.Name)], data, split);
        return new EpochScore(evaluation.Metrics.Accuracy, evaluation.ToJson());
    }

    internal override JsonObject? ScoreReported(string? saved, IProgress<(int Done, int All)> progress, CancellationToken cancel) => Reported is { } data
        ? AnswerEvaluator.Evaluate(saved is null ? _model : AnsweringModel.Load(saved), data, _recipe.Decode, Of(data, progress), cancel).ToJson()
        : null;

    internal override void Save(string folder) => AtomicFolder.Replace(folder, fresh => _model.Save(fresh), ModelFiles.Owns);

    private ImageDataset? Scored => ScoresEpochs ? _data.Scored : null;

    private ImageDataset? Reported => ScoresEpochs ? _data.Reported : null;

    /// <summary>What the scores do not say by themselves: that they flatter the model, or are of some of the sources only; null where nothing is known.</summary>
    private string? Caution => !ScoresEpochs ? null
        : ((string[])[.. ((string?[])[_data.Caution(new TrainingSettings { Selection = _recipe.Training.Selection }), _data.Partial]).OfType<string>()]) is { Length: > 0 } told
            ? string.Join("; ", told) : null;

    internal override void Begin() => Begins?.Invoke();

    /// <summary>Opens the data of a stage, and checks that it has what training needs.</summary>
    /// <exception cref="HkaFerException">It has not; the message names what.</exception>
    internal static RunData Open(AnswerRecipe recipe, AnswerStage stage)
    {
        RunData data = stage.Data.Open();
        data.CheckTraining(
            stage.Data.Sampling, recipe.Training.Selection == ModelSelection.Best ? "training.selection: best" : null,
            string.Join(", ", stage.Data.Train), stage.Name);
        return data;
    }

    /// <summary>Checks that what a later stage asks fits the model with the largest picture too.</summary>
    /// <exception cref="HkaFerException">It does not.</exception>
    internal void CheckPrompt(AnswerPrompt prompt) =>
        new AnsweringModel(_model.Model, _model.Tokenizer, _model.Preprocessing, prompt, _model.BaseName).CheckLargestPicture();

    private Tensor Loss(int example)
    {
        try
        {
            QwenImage image = _model.Patches(_data.Train.Load(example));
            return _model.Model.Loss(_model.Tokens(image), _answers[_labels[example]], [image]);
        }
        catch (HkaFerException e) when (e is not ImageException)
        {
            throw new HkaFerException($"{NameOf(example)}: {e.Message}", e);
        }
    }

    private IEnumerable<RunInput> InputsOf(string? before)
    {
        yield return new("backbone", ModelHash.Of(_model.Model), "the model", "give the run the weights that it began with");
        yield return new("backbone_config", _model.Model.Config.ToJson().ToJsonString(), "the model's config.json", "give the run the one that it began with");
        yield return new("preprocessing", PreprocessingJson.Write(_model.Preprocessing), "the model's preprocessing", "give the run the preprocessor_config.json that it began with");
        yield return new("prompt", Hash(System.Text.Encoding.UTF8.GetBytes(_model.Prompt.Text)), "the prompt", "give the run the prompt that it began with");
        yield return new("tokens", string.Join(' ', _answers[0]), "the tokenizer", "give the run the tokenizer that it began with");
        yield return new("stage_before", before is null ? null : AdapterHash(before),
            "the adapter of the stage before", "give the run the folder of that stage as it was");
        yield return RunFingerprint.BFloat16(_model.Model.Parameters().Any(p => p.Parameter.Value.DType == DType.BFloat16));
    }

    /// <summary>What tells one adapter of a stage before from another.</summary>
    internal static string AdapterHash(string folder) => Hash(File.ReadAllBytes(Path.Combine(folder, "adapter_model.safetensors")));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
