using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A vision transformer that learns from pictures without labels to tell hidden patches from the others, scored by its loss on held-out pictures.</summary>
internal sealed class PretrainTask : RunTask
{
    // Set apart what is drawn of the run's seed: masks of training, masks of scoring, held-out pictures.
    private const ulong Masks = 0x6D61736B, ScoredMasks = 0x73636F7265, HeldOut = 0x68656C64;

    /// <summary>The entry <c>task</c> of <c>run.json</c>.</summary>
    internal const string Name = "pretrain";

    private readonly PretrainRecipe _recipe;
    private readonly RunFolder _folder;
    private readonly ImageDataset _train;
    private readonly ImageDataset? _heldOut;
    private readonly MaskedAutoencoder _model;
    private readonly Preprocessing _preprocessing;
    private readonly BatchLoader _loader;
    private readonly BatchLoader? _scored;

    /// <summary>Opens the pictures and makes the model.</summary>
    /// <exception cref="HkaFerException">Pictures, backbone or recipe do not fit.</exception>
    internal PretrainTask(PretrainRecipe recipe, RunFolder folder)
    {
        (_recipe, _folder) = (recipe, folder);
        PretrainTrainingSettings training = recipe.Training;
        Recipe same = recipe.AsTraining();
        Settings = RunSettings.Of(same.Training, recipe.Optimizer, recipe.Schedule);
        if (recipe.Backbone.Save is { } save)
        {
            ModelFiles.CheckPlace(save);
        }

        (_train, _heldOut) = Open(recipe);
        (VisionTransformer encoder, string? place) = PretrainedEncoder.Build(recipe.Backbone);
        encoder.ActivationCheckpointing = training.ActivationCheckpointing;
        _preprocessing = recipe.Preprocessing.Resolve(CheckpointPreprocessing.Of(place, encoder));
        CheckSize(encoder);
        _model = new MaskedAutoencoder(encoder, recipe.Masking.Decoder);
        _ = PatchMask.VisibleOf(_model.Patches, recipe.Masking.Ratio);
        _model.Initialize(training.Seed);
        _model.SetTrainable(true);
        foreach (Parameter idle in encoder.Idle)
        {
            idle.Trainable = false;
        }

        Optimizer = recipe.Optimizer.Create([.. _model.Parameters().Select(p => p.Parameter)]);
        _loader = new BatchLoader(_train, training.Batch, _preprocessing, recipe.Augmentation, training.Seed);
        _scored = _heldOut is null ? null : new BatchLoader(_heldOut, training.EvalBatch, _preprocessing);
        Inputs = RunFingerprint.Backbone(encoder, _preprocessing);
    }

    internal override string Kind => Name;

    internal override string Method => "masked auto-encoder";

    internal override RunSettings Settings { get; }

    internal override Optimizer Optimizer { get; }

    internal override long Total => _model.ParameterCount;

    internal override int Count => _train.Count;

    internal override bool CountsCorrect => false;

    internal override IEnumerable<(string Name, ImageDataset Data)> Splits =>
        _heldOut is null ? [("train", _train)] : [("train", _train), ("held_out", _heldOut)];

    internal override IEnumerable<RunInput> Inputs { get; }

    internal override string? ScoredOn => _heldOut is null ? null : "held-out";

    internal override string Measure => "loss";

    internal override IEnumerable<KeyValuePair<string, JsonNode?>> Facts =>
    [
        new("method", Method),
        new("backbone", _recipe.Backbone.Folder ?? "scratch"),
        new("train", $"{_recipe.Data.Train} ({Count} pictures)"),
        new("scored_on", _heldOut is null ? null : $"held-out ({_heldOut.Count} pictures)"),
        new("encoder", _model.Encoder.ParameterCount),
    ];

    internal override int[] Order(int epoch) => Shuffle.Epoch(Count, _recipe.Training.Seed, epoch);

    internal override IEnumerable<TrainingBatch> Batches(int[] order, int epoch, int firstBatch) =>
        _loader.Batches(order, epoch, firstBatch, CancellationToken.None)
            .Select(batch => new TrainingBatch(batch.Indices.AsMemory(0, batch.Count), () => new BatchLoss(Loss(batch, Masks + (ulong)epoch), batch.Count)));

    internal override string NameOf(int example) => _train[example].Path;

    internal override EpochScore? Score(int epoch, IProgress<(int Done, int All)> progress, CancellationToken cancel)
    {
        if (_scored is null)
        {
            return null;
        }

        double sum = 0;
        int done = 0;
        using IDisposable paused = Tape.NoGrad();
        foreach (Batch batch in _scored.InOrder(cancel))
        {
            using IDisposable step = Tape.Step();

            // The same masks after every epoch, so that their losses compare.
            sum += Loss(batch, ScoredMasks).Item() * batch.Count;
            progress.Report((done += batch.Count, _heldOut!.Count));
        }

        double loss = sum / _heldOut!.Count;
        MaskingSettings masking = _recipe.Masking;
        if (masking.Show > 0 && (epoch == 1 || epoch == Settings.Epochs || epoch % masking.ShowEvery == 0))
        {
            Show(epoch, loss);
        }

        return new EpochScore(loss, new JsonObject { ["loss"] = loss, ["count"] = _heldOut.Count }, LessIsBetter: true);
    }

    internal override void Save(string folder) =>
        AtomicFolder.Replace(folder, fresh => ModelFiles.Write(_model.Encoder, Path.Combine(fresh, "backbone"), _preprocessing), ModelFiles.Owns);

    internal override void Finish()
    {
        if (_recipe.Backbone.Save is { } place)
        {
            ModelFiles.SaveBackbone(_model.Encoder, place, _preprocessing);
        }
    }

    /// <summary>The pictures to learn from, and those that are set aside.</summary>
    private static (ImageDataset Train, ImageDataset? HeldOut) Open(PretrainRecipe recipe)
    {
        DataSource source = PretrainCheck.Pictures(recipe.Data.Train ?? throw new HkaFerException("recipe: data.train is missing; give a folder of pictures, or KIND:PATH"));
        Exclusion? exclude = recipe.Data.Exclude is null ? null : Exclusion.Read(recipe.Data.Exclude);
        ImageDataset all = source.Open(source.Splits().Contains("train") ? "train" : "all", exclude);
        exclude?.RequireMatched(source);
        var cached = new CachedDataset(all, (long)recipe.Data.CacheMb << 20);
        int heldOut = SeededPart.Count(recipe.Data.HeldOut, all.Count);
        if (all.Count - heldOut < 1)
        {
            throw new HkaFerException($"pretrain: {all.Kind} has {all.Count} picture(s), of which {heldOut} would be set aside; give more, or set data.held_out to 0");
        }

        if (heldOut == 0)
        {
            return (cached, null);
        }

        (ImageDataset aside, ImageDataset train) = SeededPart.Of(cached, heldOut, Rng.Combine(recipe.Training.Seed, HeldOut));
        return (train, aside);
    }

    /// <summary>Masks are drawn over the patches that the backbone has places for: pictures of another size, which a classifier could take, are none for it.</summary>
    private void CheckSize(VisionTransformer encoder)
    {
        int side = encoder.Config.Grid * encoder.Config.Patch;
        if (_preprocessing.Size != side)
        {
            throw new HkaFerException(
                $"preprocessing.size is {_preprocessing.Size}; this backbone is pre-trained on pictures of {side} pixels: set it to that: "
                + $"preprocessing: {{ size: {side} }} in the recipe, or --set preprocessing.size={side}");
        }
    }

    private Tensor Loss(Batch batch, ulong draw) => _model.Loss(batch.ToTensor(), MaskOf(batch, draw));

    /// <summary>What is hidden of a picture depends on the run's seed, the epoch and the picture alone: a resumed run hides the same.</summary>
    private PatchMask MaskOf(Batch batch, ulong draw)
    {
        ulong seed = Rng.Combine(_recipe.Training.Seed, draw);
        return PatchMask.Draw(_model.Patches, _recipe.Masking.Ratio, Array.ConvertAll(batch.Indices[..batch.Count], index => Rng.Combine(seed, (ulong)index)));
    }

    private void Show(int epoch, double loss)
    {
        int count = Math.Min(_recipe.Masking.Show, _heldOut!.Count);
        foreach (Batch batch in new BatchLoader(_heldOut, count, _preprocessing).Batches([.. Enumerable.Range(0, count)], 0))
        {
            using IDisposable step = Tape.Step();
            PatchMask mask = MaskOf(batch, ScoredMasks);
            float[] predicted = _model.Predict(batch.ToTensor(), mask).ToFloats();
            Image sheet = Reconstruction.Sheet(batch.Pixels, predicted, mask, batch.Size, _model.Encoder.Config.Patch, _preprocessing);
            ReconstructionFile.Add(_folder.Reconstructions, epoch, loss, count, sheet);
        }
    }
}
