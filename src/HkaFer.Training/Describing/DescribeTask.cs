using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A Qwen2-VL that is trained from nothing to describe drawn faces part by part, scored by its loss on faces that it has not seen.</summary>
internal sealed class DescribeTask : RunTask
{
    internal const string Name = "describe";

    /// <summary>What it is asked.</summary>
    internal const string Question = "Describe this face part by part.";

    /// <summary>Held-out faces whose descriptions the report shows.</summary>
    private const int Shown = 8;

    /// <summary>Texts that the vocabulary is made of.</summary>
    private const int Texts = 2000;

    private readonly DescribeRecipe _recipe;
    private readonly RunFolder _folder;
    private readonly FaceDataset _basic, _compound, _heldBasic, _heldCompound;
    private readonly QwenTokenizer _tokenizer;
    private readonly QwenVl _model;
    private readonly Linear _parts;
    private readonly PatchPreprocessing _preprocessing;
    private readonly PicturePrompt _question;

    internal DescribeTask(DescribeRecipe recipe, RunFolder folder)
    {
        (_recipe, _folder) = (recipe, folder);
        if (recipe.Save is { } save)
        {
            ModelFiles.CheckPlace(save, "save");
        }

        DescribeFaces faces = recipe.Describe;
        int all = checked(faces.Count * recipe.Training.Epochs);
        _basic = new FaceDataset(FaceDomain.Source, faces.Seed, all, faces.Size);
        _compound = new FaceDataset(FaceDomain.Source, faces.Seed + 1, all, faces.Size, compound: true);
        _heldBasic = new FaceDataset(FaceDomain.Source, faces.Seed + 2, faces.Held, faces.Size, "valid");
        _heldCompound = new FaceDataset(FaceDomain.Source, faces.Seed + 3, faces.Held, faces.Size, "valid", compound: true);
        using (var scratch = new TemporaryFolder())
        {
            _tokenizer = QwenVocabulary.Write(scratch.Path, Corpus(), recipe.Model.Vocabulary);
        }

        QwenVlConfig config = recipe.Model.Config(_tokenizer);
        _model = new QwenVl(config) { StopTokens = [_tokenizer.MessageEnd, _tokenizer.EndOfText] };
        _model.Initialize(recipe.Training.Seed);
        _model.SetTrainable(true);
        _parts = new Linear(config.Text.Width, FaceDescription.Words.Sum(words => words.Count));
        _parts.Initialize(recipe.Training.Seed);
        _parts.SetTrainable(true);
        _preprocessing = new PatchPreprocessing { Patch = config.Vision.Patch, MinPixels = config.Vision.Patch * config.Vision.Patch * 4, MaxPixels = faces.Size * faces.Size };
        _question = new PicturePrompt(_tokenizer, Question);
        Optimizer = new AdamW([.. _model.Parameters().Concat(_parts.Parameters()).Select(p => p.Parameter)], recipe.Training.LearningRate, weightDecay: recipe.Training.WeightDecay);
        Settings = new RunSettings
        {
            Epochs = recipe.Training.Epochs,
            BatchSize = 1,
            Accumulate = recipe.Training.Accumulate,
            LearningRate = recipe.Training.LearningRate,
            Schedule = new CosineSchedule { WarmupEpochs = 0.03 * recipe.Training.Epochs, WarmupStart = 0 },
            ClipNorm = recipe.Training.Clip,
            SaveEvery = recipe.Training.SaveEvery,
            Seed = recipe.Training.Seed,
        };
    }

    internal override string Kind => Name;

    internal override string Method => "full";

    internal override RunSettings Settings { get; }

    internal override Optimizer Optimizer { get; }

    internal override long Total => _model.ParameterCount + _parts.ParameterCount;

    internal override int Count => _recipe.Describe.Count;

    internal override bool CountsCorrect => false;

    // Drawn from the recipe's seed: there is nothing else that could change.
    internal override IEnumerable<(string Name, ImageDataset Data)> Splits => [("valid", _heldBasic)];

    internal override IEnumerable<RunInput> Inputs => [];

    internal override IEnumerable<KeyValuePair<string, JsonNode?>> Facts =>
        [new("method", Method), new("backbone", "scratch"), new("train", $"drawn faces ({Count} an epoch)"), new("scored_on", $"drawn faces ({_recipe.Describe.Held})"), new("vocabulary", _model.Config.Text.Vocabulary)];

    internal override string? ScoredOn => "valid";

    internal override string Measure => "loss";

    internal override int[] Order(int epoch) => [.. Enumerable.Range(epoch * Count, Count)];

    internal override IEnumerable<TrainingBatch> Batches(int[] order, int epoch, int firstBatch) =>
        Enumerable.Range(0, order.Length).Select(i => new TrainingBatch(order.AsMemory(i, 1), () => new BatchLoss(Learn(SpecOf(_basic, _compound, order[i]), epoch), 1)));

    internal override string NameOf(int example) => $"face {example}";

    internal override EpochScore? Score(int epoch, IProgress<(int Done, int All)> progress, CancellationToken cancel)
    {
        using IDisposable paused = Tape.NoGrad();
        double sum = 0;
        int right = 0;
        for (int i = 0; i < _recipe.Describe.Held; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using IDisposable step = Tape.Step();
            FaceSpec spec = SpecOf(_heldBasic, _heldCompound, i);
            QwenImage image = See(spec);
            Tensor visual = _model.Vision.Forward(image);
            sum += Describe(spec, image, visual).Item();
            right += Parts(visual).Zip(FaceDescription.Parts(spec)).Count(part => Greatest.Of<float>(part.First.ToArray<float>()) == part.Second);
            progress.Report((i + 1, _recipe.Describe.Held));
        }

        double loss = sum / _recipe.Describe.Held;
        var metrics = new JsonObject { ["count"] = _recipe.Describe.Held, ["loss"] = loss, ["parts_accuracy"] = (double)right / (_recipe.Describe.Held * FaceDescription.Words.Count) };
        if (epoch > _recipe.Training.PartsEpochs)
        {
            IEnumerable<FaceSpec> shown = Enumerable.Range(0, Math.Min(Shown, _recipe.Describe.Held)).Select(i => SpecOf(_heldBasic, _heldCompound, i));
            metrics["descriptions"] = new JsonArray([.. shown.Select(spec => new JsonObject { ["said"] = Say(See(spec), cancel), ["drawn"] = FaceDescription.Of(spec) })]);
        }

        return new EpochScore(loss, metrics, LessIsBetter: true);
    }

    internal override void Save(string folder) => AtomicFolder.Replace(folder, fresh => Write(Path.Combine(fresh, "backbone"), DType.Float32), ModelFiles.Owns);

    internal override void Finish()
    {
        if (_recipe.Save is { } place)
        {
            ModelFiles.SaveBackbone(place, fresh => Write(fresh, DType.BFloat16));
        }
    }

    /// <summary>A checkpoint as the hub lays it out, with tokenizer and preprocessing.</summary>
    private void Write(string folder, DType dtype)
    {
        _model.Save(folder, dtype);
        QwenVocabulary.Write(folder, Corpus(), _recipe.Model.Vocabulary);
        AtomicFile.WriteText(Path.Combine(folder, CheckpointPreprocessing.FileName), RandomCheckpoint.Preprocessor(_preprocessing).ToJsonString() + "\n");
    }

    /// <summary>Every other face shows a compound expression.</summary>
    private static FaceSpec SpecOf(FaceDataset basic, FaceDataset compound, int index) => (index % 2 == 0 ? basic : compound).Spec(index / 2);

    private Tensor Learn(FaceSpec spec, int epoch)
    {
        QwenImage image = See(spec);
        Tensor visual = _model.Vision.Forward(image);
        Tensor[] parts = Parts(visual);
        int[] looks = FaceDescription.Parts(spec);
        Tensor loss = Ops.CrossEntropy(parts[0], [looks[0]]);
        for (int i = 1; i < parts.Length; i++)
        {
            loss = Ops.Add(loss, Ops.CrossEntropy(parts[i], [looks[i]]));
        }

        loss = Ops.Scale(loss, 1.0 / parts.Length);
        return epoch < _recipe.Training.PartsEpochs ? loss : Ops.Add(loss, Describe(spec, image, visual));
    }

    private QwenImage See(FaceSpec spec)
    {
        PatchedImage patched = _preprocessing.Apply(FaceGenerator.Draw(spec));
        return QwenImage.From(patched.Values, patched.Rows, patched.Columns);
    }

    /// <summary>The logits of what each part may look like, <c>[1, words]</c> each, by a linear layer on the mean of the visual tokens; it is no part of the model.</summary>
    private Tensor[] Parts(Tensor visual)
    {
        Tensor logits = _parts.Forward(Ops.Scale(Ops.SumRows(visual), 1.0 / visual.Shape[0]).Reshape(1, -1));
        int at = 0;
        return [.. FaceDescription.Words.Select(words => logits.Slice(1, (at += words.Count) - words.Count, words.Count))];
    }

    private int[] Prompt(QwenImage image) => _question.Tokens(image.Tokens(_preprocessing.Merge));

    private string Say(QwenImage image, CancellationToken cancel) => _tokenizer.Decode(_model.Generate(Prompt(image), [image], new QwenAnswerOptions { MaxTokens = 128 }, cancel), skipSpecial: true);

    private Tensor Describe(FaceSpec spec, QwenImage image, Tensor visual) =>
        _model.Loss(Prompt(image), QwenChat.Answer(_tokenizer, FaceDescription.Of(spec)), [image], visual);

    /// <summary>Descriptions, and what later stages ask and answer, so that it is short: words are cut there; they are no target of anything here.</summary>
    private IEnumerable<string> Corpus()
    {
        string[] labels = [.. Expressions.Names.Take(7), .. CompoundExpression.Names];
        foreach (string prompt in AnswerPrompt.BuiltIn)
        {
            for (int i = 0; i < 40; i++)
            {
                yield return QwenChat.Render([new ChatMessage("user", AnswerPrompt.For(labels, prompt).Text)]);
            }
        }

        for (int i = 0; i < Texts; i++)
        {
            yield return FaceDescription.Of(SpecOf(_heldBasic, _heldCompound, i % _recipe.Describe.Held));
            yield return AnswerParser.Write(labels[i % labels.Length]);
        }
    }
}
