using System.Globalization;
using System.Text;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>What the values of a recipe must satisfy beyond their types: ranges, and options that exclude each other.</summary>
internal sealed class RecipeCheck
{
    /// <summary>How the messages of sources begin, which behind a key that says so need not.</summary>
    private const string OfSource = "data: ";

    private readonly Func<string, string> _placeOf;

    private RecipeCheck(Func<string, string> placeOf) => _placeOf = placeOf;

    /// <summary>Checks all values.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="placeOf">Where a key stands, for messages.</param>
    /// <exception cref="HkaFerException">A value is out of range, or options exclude each other.</exception>
    internal static void Values(Recipe recipe, Func<string, string> placeOf)
    {
        var check = new RecipeCheck(placeOf);
        check.Data(recipe.Data);
        check.Backbone(recipe);
        check.Method(recipe.Method);
        check.Optimizer(recipe.Optimizer, recipe.Method);
        check.Training(recipe.Training);
        check.Schedule(recipe);
        if (recipe.Augmentation is { } augmentation)
        {
            check.Augmentation(augmentation, recipe.Training.Batch);
        }

        check.Preprocessing(recipe.Preprocessing);
        check.Texts(recipe.Text);
    }

    /// <summary>Checks that there is something to train with and on.</summary>
    /// <exception cref="HkaFerException">There is not; the message has the first of <see cref="Missing"/>.</exception>
    internal static void Complete(Recipe recipe, Func<string, string> placeOf)
    {
        foreach (string problem in Missing(recipe, placeOf))
        {
            throw new HkaFerException(problem);
        }
    }

    /// <summary>What a recipe lacks to be trained with, as far as can be told without data and backbone.</summary>
    internal static IEnumerable<string> Missing(Recipe recipe, Func<string, string> placeOf)
    {
        if (recipe.Data.Train is null)
        {
            yield return $"{placeOf("data.train")}: data.train is missing; give KIND:PATH, for example faces:?seed=1&count=700 or folder:my-faces";
        }
        else if (Problem(recipe) is { } problem)
        {
            yield return $"{placeOf("data.train")}: data.train: {(problem.StartsWith(OfSource, StringComparison.Ordinal) ? problem[OfSource.Length..] : problem)}";
        }

        if (recipe.Backbone is { Folder: null, Scratch: null })
        {
            yield return $"{placeOf("backbone")}: backbone is missing; give `folder` (a checkpoint folder) or `scratch` (width, depth, heads)";
        }
    }

    private static string? Problem(Recipe recipe)
    {
        try
        {
            string? labels = DataSource.Parse(recipe.Data.Train!).Options.GetValueOrDefault("labels");
            return labels == "multitarget" && recipe.Augmentation is { Mixup: > 0 } or { Cutmix: > 0 }
                ? "labels=multitarget excludes augmentation.mixup and cutmix: labels of which any is right cannot be blended; take one of them away"
                : null;
        }
        catch (HkaFerException e)
        {
            return e.Message;
        }
    }

    private void Data(DataSettings data)
    {
        Text(data.Train, "data.train");
        Text(data.Valid, "data.valid");
        Text(data.Test, "data.test");
        That(data.Pictures is null or >= 1, "data.pictures", "must be at least 1");
        That(data.HeldOut is >= 0 and <= 0.5, "data.held_out", "must be from 0 to 0.5");
        That(
            data.HeldOut == 0 || data.Valid is null, "data.held_out",
            "excludes `valid`: what is held out scores the epochs in its place; take one of them away");
        Text(data.Exclude, "data.exclude");
        Range(data.CacheMb, 0, 1 << 20, "data.cache_mb");
    }

    private void Backbone(Recipe recipe)
    {
        BackboneSettings backbone = recipe.Backbone;
        Text(backbone.Folder, "backbone.folder");
        Text(backbone.Save, "backbone.save");
        That(
            backbone.Folder is null || backbone.Scratch is null, "backbone.scratch",
            "excludes `folder`: a backbone is loaded or drawn; take one of them away");
        That(
            backbone.Save is null || backbone.Scratch is not null || recipe.Method.TrainsBackbone, "backbone.save",
            $"would write the backbone as it was loaded: method {recipe.Method.Kind} does not change it; take `save` away, or use method full");
        That(
            backbone.Dtype == BackboneDtype.Float32 || !recipe.Method.TrainsBackbone, "backbone.dtype",
            $"bfloat16 is for frozen weights, and method {recipe.Method.Kind} trains them; leave it out, or use an adapter");
        if (backbone.Scratch is not { } scratch)
        {
            return;
        }

        Range(scratch.Width, 1, 1 << 14, "backbone.scratch.width");
        Range(scratch.Depth, 1, 256, "backbone.scratch.depth");
        Range(scratch.Heads, 1, 1 << 14, "backbone.scratch.heads");
        Range(scratch.Patch, 1, 256, "backbone.scratch.patch");
        Range(scratch.ImageSize, scratch.Patch, 4096, "backbone.scratch.image_size");
        Range(scratch.Channels, 3, 3, "backbone.scratch.channels");
        Range(scratch.Registers, 0, 256, "backbone.scratch.registers");
        Range(scratch.MlpRatio, 0.01, 64, "backbone.scratch.mlp_ratio");
        That(double.IsFinite(scratch.LayerScale), "backbone.scratch.layer_scale", "must be finite");
        That(scratch.NormEpsilon is > 0 and < 1, "backbone.scratch.norm_epsilon", "must be above 0 and below 1", scratch.NormEpsilon);
        That(scratch.Width % scratch.Heads == 0, "backbone.scratch.heads", $"must divide the width {scratch.Width}", scratch.Heads);
        That(
            recipe.Preprocessing.Size % scratch.Patch == 0, "preprocessing.size",
            $"must be a multiple of the patch {scratch.Patch}", recipe.Preprocessing.Size);
    }

    private void Method(MethodSettings method)
    {
        if (method.Adapter is not { } adapter)
        {
            return;
        }

        foreach (string target in adapter.Targets)
        {
            Text(target, "method.targets");
        }

        That(adapter.Targets.Distinct(StringComparer.Ordinal).Count() == adapter.Targets.Count, "method.targets", "names a layer twice");
        switch (adapter)
        {
            case KroneckerConfig kronecker:
                Kronecker(method.Kind, kronecker);
                break;
            case LowRankConfig lowRank:
                Rank(lowRank.Rank, lowRank.Alpha);
                Range(lowRank is LoRA { Dropout: var dropout } ? dropout : 0, 0, 0.999, "method.dropout");
                break;
            case LoKr lokr:
                Rank(lokr.Rank, lokr.Alpha);
                That(
                    lokr.DecomposeFactor is -1 or (>= 1 and <= 1 << 16), "method.decompose_factor",
                    $"must be from 1 to {1 << 16}, or -1 for sizes near the square root", lokr.DecomposeFactor);
                break;
        }
    }

    private void Rank(int rank, double? alpha)
    {
        Range(rank, 1, 1 << 16, "method.rank");
        That(alpha is null or (> 0 and < 1e9), "method.alpha", "must be above 0", alpha ?? 0);
    }

    private void Kronecker(string kind, KroneckerConfig config)
    {
        Range(config.Adapters, 1, 1024, "method.adapters");
        Range(config.Sizes.Count, 0, kind == "krona" ? 1 : 1024, "the length of method.sizes");
        Range(config.Group, 1, 1 << 16, "method.group");
        That(double.IsFinite(config.Beta), "method.beta", "must be finite");
        foreach ((int q, int l) in config.Sizes)
        {
            That(q is >= 1 and <= 1 << 16 && l is >= 1 and <= 1 << 16, "method.sizes", $"must be pairs of 1 to {1 << 16}; got [{q}, {l}]");
        }

        That(
            config is not HoKA || config.Sizes.Distinct().Count() <= 1, "method.sizes",
            $"must be all the same for {kind}; for different ones use method heka");
        That(
            config is not HeKA || config.Sizes.Count > 0 || config.Adapters is 1 or 2 or 4 or 9, "method.adapters",
            "must be 1, 2, 4 or 9, or `sizes` must list one [q, l] an adapter", config.Adapters);
    }

    private void Optimizer(OptimizerSettings optimizer, MethodSettings method)
    {
        That(optimizer.LearningRate is > 0 and <= 1000, "optimizer.learning_rate", "must be above 0 and at most 1000", optimizer.LearningRate);
        Range(optimizer.WeightDecay, 0, 1000, "optimizer.weight_decay");
        That(optimizer.LayerDecay is > 0 and <= 1, "optimizer.layer_decay", "must be above 0 and at most 1", optimizer.LayerDecay);
        That(
            optimizer.LayerDecay == 1 || method.TrainsBackbone, "optimizer.layer_decay",
            $"is for the blocks of a backbone that is trained, and method {method.Kind} trains none of them; take it away, or use method full");
        if (optimizer is AdamSettings adam)
        {
            That(adam.Beta1 is >= 0 and < 1, "optimizer.beta1", "must be from 0 to below 1", adam.Beta1);
            That(adam.Beta2 is >= 0 and < 1, "optimizer.beta2", "must be from 0 to below 1", adam.Beta2);
            That(adam.Epsilon is > 0 and <= 1, "optimizer.epsilon", "must be above 0 and at most 1", adam.Epsilon);
        }

        if (optimizer is SgdSettings sgd)
        {
            That(sgd.Momentum is >= 0 and < 1, "optimizer.momentum", "must be from 0 to below 1", sgd.Momentum);
            That(!sgd.Nesterov || sgd.Momentum > 0, "optimizer.nesterov", "needs a momentum above 0");
        }
    }

    private void Schedule(Recipe recipe)
    {
        Schedule schedule = recipe.Schedule;
        Range(schedule.WarmupEpochs, 0, recipe.Training.Epochs, "schedule.warmup_epochs");
        Range(schedule.WarmupSteps, 0, 1e12, "schedule.warmup_steps");
        Range(schedule.WarmupStart, 0, 1, "schedule.warmup_start");
        That(schedule is not { WarmupSteps: > 0, WarmupEpochs: > 0 }, "schedule.warmup_steps", "excludes `warmup_epochs`: give one of them");
        double gamma = schedule is ExponentialSchedule e ? e.Gamma : schedule is StepSchedule s ? s.Gamma : 1;
        That(gamma is > 0 and <= 1, "schedule.gamma", "must be above 0 and at most 1", gamma);
        Range(schedule is StepSchedule step ? step.Every : 1, 1, 100_000, "schedule.every");
        Range(schedule is CosineSchedule cosine ? cosine.Minimum : 0, 0, recipe.Optimizer.LearningRate, "schedule.minimum");
    }

    private void Training(TrainingSettings training)
    {
        Range(training.Epochs, 1, 100_000, "training.epochs");
        Range(training.Batch, 1, 1 << 16, "training.batch");
        Range(training.Accumulate, 1, 1 << 16, "training.accumulate");
        foreach (double weight in training.ClassWeights.Values)
        {
            That(weight is > 0 and < 1e9, "training.class_weights", "must each be above 0", weight);
        }

        That(training.ClassWeights is not { Name: null, Values.Count: < 2 }, "training.class_weights", "must be at least two, one a class");
        That(training.Ema is null or (> 0 and < 1), "training.ema", "must be above 0 and below 1, or null for none", training.Ema ?? 0);
        That(training.Patience is null or (>= 1 and <= 100_000), "training.patience", "must be from 1 to 100000, or null for never", training.Patience ?? 0);
        That(training.LabelSmoothing is >= 0 and < 1, "training.label_smoothing", "must be from 0 to below 1", training.LabelSmoothing);
        That(training.Clip is null or (> 0 and < 1e9), "training.clip", "must be above 0, or null for none", training.Clip ?? 0);
        Range(training.EvalEvery, 1, 100_000, "training.eval_every");
        Range(training.SaveEvery, 0, int.MaxValue, "training.save_every");
        Range(training.EvalBatch, 1, 1 << 16, "training.eval_batch");
    }

    private void Augmentation(Augmentation augmentation, int batch)
    {
        foreach ((double alpha, string path) in ((double, string)[])[(augmentation.Mixup, "augmentation.mixup"), (augmentation.Cutmix, "augmentation.cutmix")])
        {
            Range(alpha, 0, 1000, path);
            That(alpha == 0 || batch > 1, path, "mixes pictures of a batch, and training.batch is 1: make it larger, or take this away");
        }

        Range(augmentation.Flip, 0, 1, "augmentation.flip");
        Range(augmentation.Rotation, 0, 180, "augmentation.rotation");
        Range(augmentation.Shear, 0, 45, "augmentation.shear");
        Range(augmentation.Translate, 0, 0.5, "augmentation.translate");
        Within(augmentation.Scale, 0.5, 2, "augmentation.scale");
        Range(augmentation.Erasing, 0, 1, "augmentation.erasing");
        Within(augmentation.CropArea, 0.01, 1, "augmentation.crop_area");
        Within(augmentation.CropAspect, 0.1, 10, "augmentation.crop_aspect");
        Within(augmentation.ErasingArea, 0, 1, "augmentation.erasing_area");
        Within(augmentation.ErasingAspect, 0.1, 10, "augmentation.erasing_aspect");
    }

    private void Preprocessing(PreprocessingSettings preprocessing)
    {
        Range(preprocessing.Size, 1, 4096, "preprocessing.size");
        if (preprocessing is { Framing: not Framing.Squash, Edge: { } edge })
        {
            Range(edge, preprocessing.Size, 8192, "preprocessing.edge");
        }

        That(preprocessing.Mean is null or { Length: 3 }, "preprocessing.mean", "must be three numbers", preprocessing.Mean?.Length ?? 0);
        That(preprocessing.Std is null or [> 0, > 0, > 0], "preprocessing.std", "must be three numbers above 0");
    }

    private void Texts(TextSettings text)
    {
        Text(text.Prompts, "text.prompts");
        Range(text.Context, 0, 1024, "text.context");
        That(text.Temperature is > 0 and < 1e6, "text.temperature", "must be above 0", text.Temperature);
        That(!text.Shared || text.Context > 0, "text.shared", "says how learnable tokens are used, and text.context is 0: give their number");
    }

    private void Text(string? text, string path)
    {
        That(text is null || text.Trim().Length > 0, path, "must not be empty");
        bool whole = true;
        for (int i = 0; text is not null && i < text.Length && whole; i += char.IsSurrogatePair(text, i) ? 2 : 1)
        {
            whole = text[i] != '\0' && (!char.IsSurrogate(text[i]) || char.IsSurrogatePair(text, i));
        }

        That(whole, path, "must be text without NUL and without halves of characters");
    }

    private void Within(Interval interval, double low, double high, string path) => That(
        interval.Low >= low && interval.Low <= interval.High && interval.High <= high, path,
        FormattableString.Invariant($"must be [low, high] within {low} to {high}; got [{interval.Low}, {interval.High}]"));

    // Written so that NaN fails too.
    private void Range(double value, double low, double high, string path) =>
        That(value >= low && value <= high, path, FormattableString.Invariant($"must be from {low} to {high}"), value);

    private void That(bool holds, string path, string message, double value) =>
        That(holds, path, $"{message}; got {value.ToString("R", CultureInfo.InvariantCulture)}");

    private void That(bool holds, string path, string message)
    {
        if (!holds)
        {
            throw new HkaFerException($"{_placeOf(path.Split(' ')[^1])}: {path} {message}");
        }
    }
}
