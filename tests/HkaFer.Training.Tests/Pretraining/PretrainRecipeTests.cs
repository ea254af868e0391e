using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class PretrainRecipeTests
{
    [Fact]
    public void Written_recipe_reads_as_an_equal_one()
    {
        PretrainRecipe recipe = PretrainRunTests.Tiny;
        Assert.Equal(recipe, PretrainRecipe.Parse(recipe.ToYaml()));
        Assert.NotEqual(recipe, PretrainRecipe.Parse(recipe.ToYaml(), sets: ["masking.ratio=0.5"]));
        Assert.Equal(new PretrainRecipe(), PretrainRecipe.Parse(""));
    }

    [Fact]
    public void Section_without_a_kind_keeps_what_it_does_not_name()
    {
        PretrainRecipe recipe = PretrainRecipe.Parse("", sets: ["optimizer.learning_rate=2e-3"]);
        Assert.Equal(new AdamWSettings { LearningRate = 2e-3, Beta2 = 0.95, WeightDecay = 0.05 }, recipe.Optimizer);
        Assert.Equal(new AdamWSettings { LearningRate = 2e-3 }, PretrainRecipe.Parse("optimizer: { kind: adamw, learning_rate: 2e-3 }").Optimizer);
        Assert.Equal(new PretrainRecipe(), PretrainRecipe.Parse(""));
    }

    [Fact]
    public void Recipe_of_the_box_is_complete() => PretrainRecipe.Load(Path.Combine(Fixtures.Root, "recipes", "mae-ferplus.yaml"), ["data.train=faces:"]);

    [Theory]
    [InlineData("masking.ratio=1", "masking.ratio must be above 0 and below 1")]
    [InlineData("masking.ratio=0.99", "leaves 0 of 16 patches to see")]
    [InlineData("masking.decoder.width=10", "masking.decoder.width must be a multiple of 4")]
    [InlineData("masking.decoder.heads=3", "masking.decoder.heads must divide the width 8")]
    [InlineData("data.held_out=0.9", "data.held_out must be from 0 to 0.5")]
    [InlineData("preprocessing.size=40", "preprocessing.size must be 32")]
    [InlineData("backbone.scratch.width=18", "backbone.scratch.width must be a multiple of 4")]
    [InlineData("optimizer.layer_decay=0.8", "optimizer.layer_decay is for fine-tuning")]
    [InlineData("augmentation.mixup=0.2", "blend labels, of which there are none")]
    [InlineData("training.epochs=0", "training.epochs must be from 1")]
    [InlineData("masking.rato=0.5", "unknown key 'rato' in masking; did you mean 'ratio'?")]
    [InlineData("training.label_smoothing=0.1", "unknown key 'label_smoothing' in training")]
    [InlineData("masking=0.75", "--set masking: expected a section of keys")]
    public void Value_that_cannot_be_is_named(string set, string expected) =>
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => PretrainRecipe.Parse(PretrainRunTests.Tiny.ToYaml(), sets: [set])).Message);

    [Fact]
    public void Recipe_of_another_kind_says_how_to_run_it()
    {
        string mae = Path.Combine(Fixtures.Root, "recipes", "mae-ferplus.yaml"), scratch = Path.Combine(Fixtures.Root, "recipes", "ferplus-scratch.yaml");
        Assert.Contains($"hkafer pretrain {mae}", Assert.Throws<HkaFerException>(() => Recipe.Load(mae)).Message);
        Assert.Contains($"hkafer train {scratch}", Assert.Throws<HkaFerException>(() => PretrainRecipe.Load(scratch)).Message);
    }

    [Fact]
    public void Documentation_names_every_key()
    {
        string text = File.ReadAllText(Path.Combine(Fixtures.Root, "docs", "recipes.md"));
        IEnumerable<string> keys = RecipeWriter.Entries(new PretrainRecipe()).Concat(RecipeWriter.Entries(PretrainRunTests.Tiny)).Select(entry => entry.Name).Distinct();
        Assert.DoesNotContain(keys, key => !text.Contains($"`{key}`", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("backbone: { scratch: { width: 16, depth: 1, heads: 2, patch: 16, image_size: 224 } }", "data.train is missing")]
    [InlineData("data: \"faces:\"", "backbone is missing")]
    [InlineData("data: \"fases:\"\nbackbone: x", "unknown kind 'fases'")]
    public void Recipe_that_lacks_something_says_what(string yaml, string expected)
    {
        using var scratch = new Scratch();
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => PretrainRecipe.Load(scratch.Write("r.yaml", yaml))).Message);
    }
}
