using System.Security.Cryptography;
using System.Text;
using HkaFer.Adapters;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>Makes the cells of an experiment from what was given: the recipe of each run, and what is scored.</summary>
internal sealed class ExperimentPlanner
{
    private readonly ExperimentSettings _settings;
    private readonly ExperimentSources _sources;
    private readonly IReadOnlyList<string> _sets;
    private readonly RunIdentity _identity = new();
    private readonly IReadOnlyList<ExperimentBackbone> _backbones;

    /// <exception cref="HkaFerException">Data or a backbone cannot be found, or two of a kind were given.</exception>
    internal ExperimentPlanner(ExperimentSettings settings)
    {
        _settings = settings;
        if (settings.Rates.Count == 0 || settings.Rates.Any(rate => rate is not (> 0 and <= 1000)) || settings.Rates.Distinct().Count() < settings.Rates.Count)
        {
            throw new HkaFerException($"--rates: {TunedRun.Text(settings.Rates)}: expected learning rates above 0 and at most 1000, each once");
        }

        _sources = new ExperimentSources(settings.Data);
        _sets = [.. settings.Epochs is { } epochs ? [$"training.epochs={epochs}"] : Array.Empty<string>(), .. settings.Sets];
        _backbones = [.. settings.Backbones.Select(name => new ExperimentBackbone(name))];
        if (_backbones.GroupBy(b => b.IsClip).FirstOrDefault(family => family.Count() > 1) is { } twice)
        {
            throw new HkaFerException(
                $"--backbone: {string.Join(" and ", twice.Select(b => $"'{b.Name}'"))} are both {(twice.Key ? "CLIP" : "vision transformers without texts")}; a table has one of each family");
        }
    }

    /// <summary>What was given and no cell asked for.</summary>
    internal IReadOnlyList<string> Unused => _sources.Unused;

    /// <summary>Whether a data set was given.</summary>
    internal bool Has(string kind) => _sources.Find(kind) is not null;

    /// <summary>A data set's name in tables, whether it was given or not.</summary>
    internal string Title(string kind) => _sources.Title(kind);

    /// <summary>The data sets that a table of these has no column for: one's own.</summary>
    internal IReadOnlyList<ExperimentData> Others(params IReadOnlyList<string> kinds) => _sources.Others(kinds);

    /// <summary>The backbone of a family, or null where none was given.</summary>
    internal ExperimentBackbone? Of(bool clip) => _backbones.FirstOrDefault(b => b.IsClip == clip);

    /// <summary>The backbone of a family; where none of it was given, the other's, for a table that compares on one backbone.</summary>
    internal ExperimentBackbone? Preferred(bool clip) => Of(clip) ?? _backbones.FirstOrDefault();

    /// <summary>A training of all seeds, scored on the split that its data set reports.</summary>
    /// <param name="kind">The data set; its name is in the reason where it was not given.</param>
    /// <param name="backbone">The backbone, or null where the one that is needed was not given.</param>
    /// <param name="method">What is trained.</param>
    /// <param name="paper">The paper's number, or null.</param>
    /// <param name="clip">Which family is needed, for the reason.</param>
    internal ExperimentCell Cell(string kind, ExperimentBackbone? backbone, MethodSettings method, double? paper, bool clip) =>
        Cell(kind, backbone, method, paper, clip, Reported);

    /// <summary>As the other; each method at the learning rate, of those given, that does best in trials on the training pictures.</summary>
    internal ExperimentCell TunedCell(string kind, ExperimentBackbone? backbone, MethodSettings method, double? paper) =>
        Cell(kind, backbone, method, paper, clip: false, Reported, Tuned);

    /// <summary>What one model is enough for: a score of the run of seed 1.</summary>
    internal ExperimentCell FirstSeed(string kind, ExperimentBackbone? backbone, MethodSettings method, bool clip, Func<RecipeRun, ExperimentData, PlannedScore> score)
    {
        ExperimentCell cell = Cell(kind, backbone, method, null, clip, score);
        return cell with { Scores = [.. cell.Scores.Take(1)] };
    }

    /// <summary>As the other; scored on a published subset.</summary>
    internal ExperimentCell SubsetCell(string kind, ExperimentBackbone? backbone, MethodSettings method, double? paper, bool clip, string subset)
    {
        if (_settings.Lists is not { } lists)
        {
            return Missing(paper, "the published lists of occluded and turned faces were not given: --lists DIR, the folder that holds RAF_DB_dir, AffectNet_dir, FERplus_dir (kaiwang960112/Challenge-condition-FER-dataset)");
        }

        ImageDataset? pictures = null;
        return Cell(kind, backbone, method, paper, clip, (run, data) =>
            new PictureScore(run, $"{data.Source.Kind}-{data.Scored}-{subset}", $"{data.Title}, {subset} of the {data.Scored} split", pictures ??= data.Subset(subset, lists), data.Classes));
    }

    /// <summary>As the other; scored on another data set.</summary>
    internal ExperimentCell CrossCell(string kind, string onKind, ExperimentBackbone? backbone, MethodSettings method, double? paper, bool clip)
    {
        if (_sources.Find(onKind) is not { } other)
        {
            return Missing(paper, ExperimentSources.NotGiven(onKind));
        }

        return Cell(kind, backbone, method, paper, clip, (run, data) =>
            new PictureScore(run, $"{other.Source.Kind}-{other.Scored}", $"{other.Title}, {other.Scored} split, by a model of {data.Title}", other.ScoredPictures, data.Classes));
    }

    /// <summary>What a reader must know of the settings of a table.</summary>
    /// <param name="backbone">The backbone, or null.</param>
    /// <param name="paper">The paper's.</param>
    internal IEnumerable<string> Notes(ExperimentBackbone? backbone, string paper)
    {
        if (backbone is null)
        {
            yield break;
        }

        yield return $"backbone: {backbone.Name}, pictures of {backbone.Size} pixels; the paper's numbers are of {paper}";
        if (backbone.IsClip)
        {
            yield return "texts of CLIP's classes: phrases of facial cues written for this project (text.prompts=cues); the paper's are those of DFER-CLIP, with learnable context";
        }
    }

    /// <summary>What holds for all tables: what the paper does not say, and what was changed.</summary>
    internal IEnumerable<string> CommonNotes()
    {
        yield return "magnitudes of augmentation are this project's, as the paper gives none; it does not say either which epoch it reports";
        if (_sets.Count > 0)
        {
            yield return $"changed for all runs: {string.Join(", ", _sets)}";
        }

        foreach (string note in _sources.Notes)
        {
            yield return note;
        }
    }

    /// <summary>A run on the split that its data set reports.</summary>
    private static PictureScore Reported(RecipeRun run, ExperimentData data) =>
        new(run, $"{data.Source.Kind}-{data.Scored}", $"{data.Title}, {data.Scored} split", data.ScoredPictures, data.Classes) { HasBest = !data.Chooses };

    private ExperimentCell Cell(
        string kind, ExperimentBackbone? backbone, MethodSettings method, double? paper, bool clip, Func<RecipeRun, ExperimentData, PlannedScore> score,
        Func<ExperimentData, ExperimentBackbone, MethodSettings, ulong, RecipeRun>? run = null)
    {
        ExperimentData? data = _sources.Find(kind);
        if (data is null || backbone is null)
        {
            return Missing(paper, data is null ? ExperimentSources.NotGiven(kind) : $"no {(clip ? "CLIP" : "DINOv2")} backbone was given: --backbone {(clip ? "openai/clip-vit-large-patch14" : "facebook/dinov2-large")}");
        }

        try
        {
            return new ExperimentCell { Paper = paper, Scores = [.. Enumerable.Range(1, _settings.Seeds).Select(seed => score((run ?? Run)(data, backbone, method, (ulong)seed), data))] };
        }
        catch (HkaFerException e)
        {
            return Missing(paper, e.Message);
        }
    }

    internal static ExperimentCell Missing(double? paper, string reason) => new() { Paper = paper, Reason = reason };

    private RecipeRun Run(ExperimentData data, ExperimentBackbone backbone, MethodSettings method, ulong seed)
    {
        Recipe recipe = Planned(data, backbone, method, seed);
        return new RecipeRun(NameOf(data, backbone, recipe), recipe, backbone.Trainable(recipe, data.Classes), _identity);
    }

    private RecipeRun Tuned(ExperimentData data, ExperimentBackbone backbone, MethodSettings method, ulong seed)
    {
        Recipe recipe = Planned(data, backbone, method, seed);
        long trainable = backbone.Trainable(recipe, data.Classes);
        if (recipe.Optimizer.LearningRate != new Recipe().Optimizer.LearningRate)
        {
            throw new HkaFerException("--set: optimizer.learning_rate is chosen for each method; give the rates to choose from with --rates");
        }

        TrialRun[] trials = [.. _settings.Rates.Select(rate => TrialRun.Of(recipe, rate)).Select(trial => new TrialRun(
            $"{NameOf(data, backbone, trial)}-rate{TunedRun.Text([trial.Optimizer.LearningRate])}", trial, trainable, _identity))];
        foreach (double rate in _settings.Rates)
        {
            TrialRun.At(recipe, rate).Check();
        }

        foreach (TrialRun trial in trials)
        {
            try
            {
                trial.Recipe.Check();
            }
            catch (HkaFerException e)
            {
                throw new HkaFerException($"the trials of {TrialRun.Length} epochs: {e.Message}", e);
            }
        }

        return new TunedRun($"{NameOf(data, backbone, recipe, trials.Select(trial => trial.Name))}-tuned", Named(method), recipe, trials, trainable, _identity);
    }

    /// <summary>The paper's settings and what was changed for all runs.</summary>
    private Recipe Planned(ExperimentData data, ExperimentBackbone backbone, MethodSettings method, ulong seed)
    {
        Recipe planned = Recipe.Paper with
        {
            Data = data.Settings,
            Backbone = backbone.Name,
            Method = method,
            Training = Recipe.Paper.Training with { Seed = seed, Selection = data.Chooses ? ModelSelection.Best : ModelSelection.Last },
            Preprocessing = Recipe.Paper.Preprocessing with { Size = backbone.Size },
        };
        Recipe recipe = _sets.Count == 0 ? planned : planned.With([.. _sets]);
        if ((recipe.Data.Train, recipe.Data.Valid, recipe.Data.Test, recipe.Data.HeldOut, recipe.Backbone.Folder, recipe.Backbone.Scratch, recipe.Training.Seed, Named(recipe.Method))
            != (planned.Data.Train, planned.Data.Valid, planned.Data.Test, planned.Data.HeldOut, planned.Backbone.Folder, null, seed, Named(planned.Method)))
        {
            throw new HkaFerException("--set: data, backbone, method and seed are what the cells of a table differ in; leave these keys to it, and give --data, --backbone and --seeds");
        }

        if (recipe.Training.Selection != planned.Training.Selection || (recipe.Training.Patience is not null && !data.Chooses))
        {
            throw new HkaFerException(data.Chooses
                ? $"--set: training.selection stays {RecipeSchema.NameOf(planned.Training.Selection)} in a table, as the validation split of {data.Title} chooses the epoch"
                : $"--set: training.selection and training.patience would choose the epoch by the {data.Scored} split of {data.Title}, which is the one that is reported, and it has no other; leave them");
        }

        return recipe;
    }

    /// <summary>What a run is, readable, and a hash of all that decides it.</summary>
    private static string NameOf(ExperimentData data, ExperimentBackbone backbone, Recipe recipe, IEnumerable<string>? needs = null)
    {
        string what = string.Join('-', ((string[])[data.Title, Named(recipe.Method), backbone.ShortName]).Select(Slug));
        return $"{what}-seed{recipe.Training.Seed}-{ShortHash(string.Join('\n', [recipe.ToYaml(), .. needs ?? []]))}";
    }

    /// <summary>A method as folders name it.</summary>
    private static string Named(MethodSettings method) => method.Adapter switch
    {
        KroneckerConfig k => $"{method.Kind}-n{k.Count}-{k.EffectiveRouter.ShortName()}",
        LowRankConfig l => $"{method.Kind}-r{l.Rank}",
        _ => method.Kind,
    };

    /// <summary>What tells runs of one readable name apart: a few digits of their recipe's hash.</summary>
    internal static string ShortHash(string recipe) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(recipe)))[..8];

    /// <summary>A name as files have it.</summary>
    internal static string Slug(string text)
    {
        string plain = string.Concat(text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : '-'));
        string[] words = plain.Split('-', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? "data" : string.Join('-', words) is var slug && slug.Length <= 40 ? slug.Trim('.') : slug[..40].Trim('-', '.');
    }
}
