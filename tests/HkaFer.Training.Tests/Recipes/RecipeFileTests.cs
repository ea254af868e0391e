using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class RecipeFileTests
{
    public static TheoryData<string> Shipped() =>
        [.. Directory.GetFiles(Path.Combine(Fixtures.Root, "recipes"), "*.yaml", SearchOption.AllDirectories)
            .Where(path => !AnswerRecipe.Is(path) && !DescribeRecipe.Is(path) && !Path.GetFileName(path).StartsWith("mae-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Shipped_recipe_reads_and_writes_itself(string path)
    {
        Recipe recipe = Recipe.Parse(File.ReadAllText(path), path);

        Assert.Equal(recipe, Recipe.Parse(recipe.ToYaml()));
        Assert.Equal(recipe.ToYaml(), Recipe.Parse(recipe.ToYaml()).ToYaml());
    }

    [Fact]
    public void Papers_recipe_is_the_default()
    {
        Recipe recipe = Recipe.Parse(File.ReadAllText(Path.Combine(Fixtures.Root, "recipes", "paper-dinov2-large.yaml")));

        Assert.Equal(Recipe.Paper, recipe with { Data = new DataSettings(), Backbone = new BackboneSettings() });
        Assert.Equal("rafdb:data/raf-db?aligned=true", recipe.Data.Train);
    }

    [Fact]
    public void Papers_recipe_shows_every_key()
    {
        string file = File.ReadAllText(Path.Combine(Fixtures.Root, "recipes", "paper-dinov2-large.yaml"));

        Assert.Equal(KeysOf(Recipe.Paper.ToYaml()), KeysOf(file));
    }

    [Fact]
    public void Documentation_names_every_key()
    {
        string text = File.ReadAllText(Path.Combine(Fixtures.Root, "docs", "recipes.md"));
        IEnumerable<string> ofKinds = ((Type[])[typeof(MethodSettings), typeof(OptimizerSettings), typeof(Schedule)])
            .SelectMany(RecipeSchema.KindsOf).SelectMany(RecipeSchema.KeysOf).Concat(RecipeSchema.KeysOf(typeof(VitConfig))).Select(key => key.Name);

        IEnumerable<string> keys = KeysOf(Recipe.Paper.ToYaml()).Select(key => key.Trim()).Concat(ofKinds)
            .Concat(KeysOf(new AnswerRecipe().ToYaml()).Select(key => key.Trim())).Distinct();
        Assert.DoesNotContain(keys, key => !text.Contains($"`{key}`", StringComparison.Ordinal));
    }

    [Fact]
    public void Defaults_are_the_papers()
    {
        Recipe paper = Recipe.Paper;
        var heka = Assert.IsType<HeKA>(paper.Method.Adapter);
        Assert.Equal((4, Router.DualBranch, 2.0, 16), (heka.Count, heka.EffectiveRouter, heka.Beta, heka.Group));
        Assert.Equal(Pooling.Contiguous, heka.Pooling);
        Assert.Equal(new AdamSettings { LearningRate = 1e-4, WeightDecay = 1e-4, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8 }, paper.Optimizer);
        Assert.Equal(new ExponentialSchedule { Gamma = 0.9 }, paper.Schedule);
        Assert.Equal((60, 4, ModelSelection.Last), (paper.Epochs, paper.Training.Batch, paper.Training.Selection));
        Assert.Equal(
            new Augmentation
            {
                Flip = 0.5,
                Rotation = 10,
                CropArea = new(0.8, 1),
                CropAspect = new(0.75, 4.0 / 3),
                Erasing = 0.25,
                ErasingArea = new(0.02, 0.2),
            },
            paper.Augmentation);
        Assert.Equal((224, Framing.Squash), (paper.Preprocessing.Size, paper.Preprocessing.Framing));
    }

    [Fact]
    public void Written_recipe_names_what_was_used()
    {
        Assert.Contains("  router: dbir\n", Recipe.Paper.ToYaml(), StringComparison.Ordinal);
        Assert.Contains("  router: sum\n", (Recipe.Paper with { Method = new HeKA { Adapters = 1 } }).ToYaml(), StringComparison.Ordinal);
        Assert.Contains("  alpha: 16\n", (Recipe.Paper with { Method = new LoRA { Rank = 8 } }).ToYaml(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_is_written_in_one_order()
    {
        string yaml = (Recipe.Paper with { Backbone = new() { Scratch = new VitConfig { Width = 8, Depth = 1, Heads = 2 } } }).ToYaml();

        string[] keys = KeysOf(yaml);
        Assert.Equal(
            [
                "data", "  train", "  valid", "  test", "  pictures", "  held_out", "  seed", "  exclude", "  sampling", "  cache_mb",
                "backbone", "  folder", "  scratch", "    width", "    depth", "    heads", "    patch", "    image_size", "    channels",
                "    mlp_ratio", "    swi_glu", "    qkv_bias", "    norm_epsilon", "    layer_scale", "    registers", "    mask_token", "  dtype", "  save",
                "text", "  prompts", "  context", "  shared", "  temperature",
                "method", "  kind", "  adapters", "  router", "  sizes", "  beta", "  pooling", "  group", "  normal_init", "  targets",
                "optimizer", "  kind", "  beta1", "  beta2", "  epsilon", "  learning_rate", "  weight_decay", "  layer_decay",
                "schedule", "  kind", "  gamma", "  warmup_epochs", "  warmup_steps", "  warmup_start",
                "training", "  epochs", "  batch", "  accumulate", "  label_smoothing", "  class_weights", "  clip", "  ema",
                "  activation_checkpointing", "  seed", "  selection", "  patience", "  eval_every", "  save_every", "  eval_batch",
                "augmentation", "  flip", "  rotation", "  scale", "  shear", "  translate", "  crop_area", "  crop_aspect", "  erasing", "  erasing_area", "  erasing_aspect",
                "  mixup", "  cutmix", "  filter",
                "preprocessing", "  size", "  resampling", "  framing", "  edge", "  mean", "  std",
            ],
            keys);
    }

    [Theory]
    [InlineData("heka", typeof(HeKA))]
    [InlineData("hoka", typeof(HoKA))]
    [InlineData("krona", typeof(HoKA))]
    [InlineData("lora", typeof(LoRA))]
    [InlineData("dora", typeof(DoRA))]
    [InlineData("lokr", typeof(LoKr))]
    [InlineData("linear", null)]
    [InlineData("full", null)]
    public void Method_by_name_alone(string kind, Type? adapter)
    {
        MethodSettings method = Recipe.Parse($"method: {kind}").Method;

        Assert.Equal(kind, method.Kind);
        Assert.Equal(adapter, method.Adapter?.GetType());
        Assert.Equal(kind == "full", method.TrainsBackbone);
    }

    [Fact]
    public void KronA_is_one_adapter_without_router()
    {
        var krona = (KroneckerConfig)Recipe.Parse("method: {kind: krona, sizes: [[16, 32]], beta: 4}").Method.Adapter!;

        Assert.Equal((1, Router.Sum, 4.0), (krona.Count, krona.EffectiveRouter, krona.Beta));
        Assert.Equal([(16, 32)], krona.Sizes);
    }

    [Fact]
    public void Sizes_say_how_many_adapters()
    {
        var heka = (HeKA)Recipe.Parse("method: {sizes: [[8, 16], [16, 8], [4, 4]], router: rb}").Method.Adapter!;

        Assert.Equal((3, Router.RelationBranch), (heka.Count, heka.EffectiveRouter));
    }

    [Fact]
    public void Sections_by_text_alone()
    {
        Recipe recipe = Recipe.Parse("data: faces:?seed=1&count=700\nbackbone: faces-vit\noptimizer: sgd\nschedule: constant\naugmentation: null");

        Assert.Equal("faces:?seed=1&count=700", recipe.Data.Train);
        Assert.Equal("faces-vit", recipe.Backbone.Folder);
        Assert.IsType<SgdSettings>(recipe.Optimizer);
        Assert.IsType<ConstantSchedule>(recipe.Schedule);
        Assert.Null(recipe.Augmentation);
    }

    [Fact]
    public void Text_may_hold_what_yaml_gives_a_meaning_to()
    {
        Recipe recipe = Recipe.Parse("data:\n  train: \"folder:/mnt/Ünï ☺/a: b #1?limit=\\u0022\"\n  valid: 'it''s'\n");

        Assert.Equal("folder:/mnt/Ünï ☺/a: b #1?limit=\"", recipe.Data.Train);
        Assert.Equal("it's", recipe.Data.Valid);
        Assert.Equal(recipe, Recipe.Parse(recipe.ToYaml()));
    }

    [Fact]
    public void Empty_text_is_the_default()
    {
        Assert.Equal(Recipe.Paper, Recipe.Parse(""));
        Assert.Equal(Recipe.Paper, Recipe.Parse("# nothing\n"));
    }

    [Fact]
    public void File_with_byte_order_mark_reads()
    {
        using var file = new TemporaryFile([0xEF, 0xBB, 0xBF, .. "data: faces:?seed=1\nbackbone: {scratch: {width: 28, depth: 1, heads: 2}}\n"u8]);

        Assert.Equal(28, Recipe.Load(file.Path).Backbone.Scratch!.Width);
    }

    [Fact]
    public void Override_completes_a_recipe_to_train_with()
    {
        using var file = new TemporaryFile("training: {epochs: 3}\n"u8.ToArray());

        Recipe recipe = Recipe.Load(file.Path, ["data.train=faces:", "backbone=faces-vit"]);
        Assert.Equal(("faces:", "faces-vit", 3), (recipe.Data.Train, recipe.Backbone.Folder, recipe.Epochs));
    }

    [Fact]
    public void Override_wins_over_the_file_and_the_later_over_the_earlier()
    {
        Recipe recipe = Recipe.Parse("training: {epochs: 5}", "r", ["training.epochs=7", "training.epochs=9", "training.batch=2"]);

        Assert.Equal((9, 2), (recipe.Epochs, recipe.Training.Batch));
    }

    [Fact]
    public void Override_takes_text_as_it_is()
    {
        Recipe recipe = Recipe.Paper.With("data.train=folder:/a: b #1 *x?k=v", "backbone=@odd/[name]", "data.valid='q'", "data.test=null");

        Assert.Equal("folder:/a: b #1 *x?k=v", recipe.Data.Train);
        Assert.Equal("@odd/[name]", recipe.Backbone.Folder);
        Assert.Equal("'q'", recipe.Data.Valid);
        Assert.Null(recipe.Data.Test);
    }

    [Fact]
    public void Override_replaces_a_section_or_reaches_into_it()
    {
        Recipe file = Recipe.Parse("method: {kind: heka, adapters: 9, router: sb}");
        Assert.Equal("lora", file.With("method=lora").Method.Kind);
        Assert.Equal(8, ((LoRA)file.With("method=lora", "method.rank=8").Method.Adapter!).Rank);
        Assert.Equal(8, ((LoRA)file.With("method={kind: lora, rank: 8}").Method.Adapter!).Rank);
        Assert.Equal(8, ((LoRA)Recipe.Parse("method: lora", "r", ["method.rank=8"]).Method.Adapter!).Rank);
        Assert.Equal([(8, 16), (16, 8)], ((HeKA)file.With("method.sizes=[[8, 16], [16, 8]]", "method.adapters=2").Method.Adapter!).Sizes);
        Assert.Equal(12, Recipe.Parse("", "r", ["backbone.scratch={width: 12, depth: 1, heads: 2}"]).Backbone.Scratch!.Width);
        Assert.Equal(new Interval(0.5, 1), file.With("augmentation.crop_area=[0.5, 1]").Augmentation!.CropArea);
        Assert.Null(file.With("augmentation=null").Augmentation);
    }

    [Fact]
    public void Class_weights_are_a_word_or_a_list()
    {
        Assert.Equal(ClassWeights.None, Recipe.Paper.Training.ClassWeights);
        Assert.Equal(ClassWeights.Balanced, Recipe.Parse("training: {class_weights: balanced}").Training.ClassWeights);
        Recipe listed = Recipe.Paper.With("training.class_weights=[1, 0.5, 2]");
        Assert.Equal(ClassWeights.Of(1, 0.5, 2), listed.Training.ClassWeights);
        Assert.Contains("  class_weights: [1, 0.5, 2]\n", listed.ToYaml(), StringComparison.Ordinal);
        Assert.Equal(ClassWeights.None, listed.With("training.class_weights=none").Training.ClassWeights);
    }

    [Fact]
    public void Settings_make_their_optimizer()
    {
        Parameter[] all = new Bag(("a", Tensor.Zeros([2]))).All;

        Assert.Equal(0.5, Assert.IsType<Adam>(new AdamSettings { LearningRate = 0.5 }.Create(all)).LearningRate);
        Assert.IsType<AdamW>(new AdamWSettings().Create(all));
        Assert.IsType<Sgd>(new SgdSettings().Create(all));
    }

    // Every line of a written recipe is a key, and so is every line of a file that is no comment.
    private static string[] KeysOf(string yaml) =>
    [
        .. yaml.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.TrimStart().StartsWith('#'))
            .Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]),
    ];
}
