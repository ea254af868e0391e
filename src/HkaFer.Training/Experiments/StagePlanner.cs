using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>Makes the cells of an experiment with a vision-language model that learns in stages: the recipe of each stage, and what its model is asked.</summary>
internal sealed class StagePlanner
{
    /// <summary>Where its pictures come from, and what it learns from them.</summary>
    internal const string Basic = "rafdb", Compound = "rafdb-compound", Wild = "affwild2", Scored = "cexpr";

    private const string Aligned = "aligned", Crop = "crop";

    private readonly ExperimentSettings _settings;
    private readonly ExperimentSources _sources;
    private readonly IReadOnlyList<string> _sets;
    private readonly AnsweringBackbone? _backbone;
    private readonly RunIdentity _identity = new();
    private readonly Dictionary<string, StageRun> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Kind, bool Original), (string Title, ImageDataset Pictures)> _pictures = [];

    /// <exception cref="HkaFerException">Data or the model cannot be found, or two of a kind were given.</exception>
    internal StagePlanner(ExperimentSettings settings)
    {
        _settings = settings;

        // RAF-DB has no class "other", and one model learns both.
        _sources = new ExperimentSources(settings.Data.Select(text => DataSource.Parse(text) is { Kind: Wild } wild && !wild.Options.ContainsKey("classes") ? $"{wild}{(wild.Options.Count == 0 ? '?' : '&')}classes=7" : text));
        _sets = [.. settings.Epochs is { } epochs ? [$"basic.epochs={epochs}", $"compound.epochs={epochs}"] : Array.Empty<string>(), .. settings.Sets];
        _backbone = settings.Backbones switch
        {
            [] => null,
            [var one] => new AnsweringBackbone(one),
            var several => throw new HkaFerException($"--backbone: {string.Join(" and ", several.Select(name => $"'{name}'"))}; this table has one, the checkpoint of a Qwen2-VL or Qwen2.5-VL"),
        };
    }

    /// <summary>A stage of a training: what its rows differ in.</summary>
    /// <param name="Prompt">What is asked.</param>
    internal sealed record Stage(string Prompt = "detailed")
    {
        /// <summary>Whether it is the second stage, on compound expressions.</summary>
        internal bool IsCompound { get; init; }

        /// <summary>Whether a second stage stands on a first.</summary>
        internal bool IsStaged { get; init; } = true;

        /// <summary>What becomes of the first stage's adapter.</summary>
        internal AdapterJoin Join { get; init; }

        /// <summary>Rank of the second stage; the paper's where null.</summary>
        internal int? Rank { get; init; }
    }

    /// <summary>What was given and no cell asked for.</summary>
    internal IReadOnlyList<string> Unused => _sources.Unused;

    /// <summary>A stage of all seeds, asked about the split that a data set reports.</summary>
    /// <param name="stage">What is trained.</param>
    /// <param name="kind">The data set.</param>
    /// <param name="paper">The paper's number, or null.</param>
    /// <param name="original">Whether it is asked about RAF-DB's pictures as they were found, and not about the aligned faces.</param>
    internal ExperimentCell Cell(Stage stage, string kind, double? paper = null, bool original = false)
    {
        string[] needed = [.. stage.IsCompound ? [Compound, .. stage.IsStaged ? [Basic] : Array.Empty<string>()] : (string[])[Basic], kind];
        if (needed.FirstOrDefault(name => _sources.Find(name) is null) is { } missing)
        {
            return ExperimentPlanner.Missing(paper, ExperimentSources.NotGiven(missing));
        }

        if (_backbone is null)
        {
            return ExperimentPlanner.Missing(paper, "no vision-language model was given: --backbone Qwen/Qwen2-VL-2B-Instruct");
        }

        try
        {
            (string title, ImageDataset pictures) = Pictures(kind, original);
            string file = $"{kind}-{pictures.Split}{(original ? "-original" : "")}";
            return new ExperimentCell { Paper = paper, Scores = [.. Enumerable.Range(1, _settings.Seeds).Select(seed => new AnswerScore(Run(stage, _backbone, (ulong)seed), file, title, pictures))] };
        }
        catch (HkaFerException e)
        {
            return ExperimentPlanner.Missing(paper, e.Message);
        }
    }

    /// <summary>What a reader must know of what was given.</summary>
    internal IEnumerable<string> Notes()
    {
        if (_backbone is not null)
        {
            yield return $"model: {_backbone.Name}; the paper says Qwen-VL and no version";
        }

        if (_sources.Find(Basic) is not null)
        {
            yield return _sources.Find(Wild) is null
                ? "stage 1 learns from RAF-DB alone, as Aff-Wild2 was not given; the paper's learns from both"
                : "stage 1 learns from RAF-DB and Aff-Wild2, as the paper's; of Aff-Wild2 the seven classes that RAF-DB has, where its own eight are not asked for";
        }

        foreach (ExperimentData data in ((ExperimentData?[])[_sources.Find(Basic), _sources.Find(Compound)]).OfType<ExperimentData>())
        {
            yield return $"{data.Title}: learnt from the {(IsOriginal(data) ? "original" : "aligned")} pictures and scored on both; original is {(IsOriginal(data) ? "as it was given" : "the whole picture (crop=none)")}; the paper does not say what it learnt from";
        }

        if (_sets.Count > 0)
        {
            yield return $"changed for all runs: {string.Join(", ", _sets)}";
        }

        foreach (string note in _sources.Notes)
        {
            yield return note;
        }
    }

    private static bool IsOriginal(ExperimentData data) => data.Source.Options.GetValueOrDefault(Aligned) == "false";

    /// <summary>The pictures that a data set reports.</summary>
    private (string Title, ImageDataset Pictures) Pictures(string kind, bool original)
    {
        if (!_pictures.TryGetValue((kind, original), out (string Title, ImageDataset Pictures) known))
        {
            ExperimentData data = _sources.Find(kind)!;
            bool hasBoth = kind is Basic or Compound;
            ImageDataset pictures = !hasBoth || original == IsOriginal(data) ? data.ScoredPictures
                : (original ? data.With((Aligned, "false"), (Crop, "none")) : data.With((Aligned, null), (Crop, null))).Open(data.Scored);
            known = _pictures[(kind, original)] = ($"{data.Title}, {data.Scored} split{(!hasBoth ? "" : original ? ", original" : ", aligned")}", pictures);
        }

        return known;
    }

    private StageRun Run(Stage stage, AnsweringBackbone backbone, ulong seed)
    {
        AnswerRecipe recipe = Recipe(stage, backbone, seed);
        StageRun? before = stage is { IsCompound: true, IsStaged: true } ? Run(new Stage(stage.Prompt), backbone, seed) : null;
        string join = !stage.IsCompound ? "" : before is null ? "-single" : $"-{recipe.Join.ToString().ToLowerInvariant()}";
        string name = $"cer-{recipe.Stages[^1].Name}{join}-r{recipe.Stages[^1].Rank}-{recipe.Prompt}-{ExperimentPlanner.Slug(backbone.ShortName)}-seed{seed}-{ExperimentPlanner.ShortHash(recipe.ToYaml())}";
        if (!_runs.TryGetValue(name, out StageRun? run))
        {
            run = _runs[name] = new StageRun(name, recipe, backbone.Trainable(recipe), before, _identity);
        }

        return run;
    }

    /// <summary>The paper's recipe with what a row differs in; of a first stage without the second, which changes nothing of it.</summary>
    private AnswerRecipe Recipe(Stage stage, AnsweringBackbone backbone, ulong seed)
    {
        var second = new CompoundStage { Data = Learnt(Compound) };
        var planned = new AnswerRecipe
        {
            Backbone = backbone.Name,
            Prompt = stage.Prompt,
            Join = stage.Join,
            Training = new AnswerTraining { Seed = seed, SaveEvery = 200 },
            Basic = new BasicStage { Data = Learnt(Basic, Wild) },
            Compound = second with { Rank = stage.Rank ?? second.Rank },
        };
        AnswerRecipe recipe = _sets.Count == 0 ? planned : planned.With([.. _sets]);
        if (Differing(recipe) != Differing(planned))
        {
            throw new HkaFerException("--set: data, backbone, prompt, join, stages, the rank of the second one and the seed are what the cells of a table differ in; leave these keys to it, and give --data, --backbone and --seeds");
        }

        if (recipe.Training.Selection != ModelSelection.Last)
        {
            throw new HkaFerException("--set: training.selection would choose the epoch by pictures that are reported; leave it");
        }

        return recipe with
        {
            Join = stage is { IsCompound: true, IsStaged: true } ? recipe.Join : AdapterJoin.Merge,
            Basic = stage.IsCompound && !stage.IsStaged ? null : recipe.Basic,
            Compound = stage.IsCompound ? recipe.Compound : null,
        };
    }

    private static string Differing(AnswerRecipe recipe) => string.Join(
        '\n', [recipe.Backbone, recipe.Prompt, $"{recipe.Join} {recipe.Training.Seed} {recipe.Basic is null} {recipe.Compound?.Rank}", .. recipe.Stages.SelectMany(s => (string?[])[.. s.Data.Train, s.Data.Valid, s.Data.Test])]);

    /// <summary>The data of a stage: of these, those that were given.</summary>
    private AnswerData Learnt(params string[] kinds) => new() { Train = [.. kinds.Select(kind => _sources.Find(kind)?.Source.ToString()).OfType<string>()] };
}
