using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class AnswerRecipeTests
{
    private static string Shipped => Path.Combine(Fixtures.Root, "recipes", "cer-qwen2vl.yaml");

    [Fact]
    public void Shipped_recipe_has_the_paper_s_ranks_and_epochs()
    {
        Assert.True(AnswerRecipe.Is(Shipped));
        AnswerRecipe recipe = AnswerRecipe.Load(Shipped, ["basic.data.train=[rafdb:/data, \"affwild2:/data?classes=7\"]", "compound.data.train=rafdb-compound:/data"]);
        Assert.Equal((16, 20, 1e-4), (recipe.Basic!.Rank, recipe.Basic.Epochs, recipe.Basic.LearningRate));
        Assert.Equal((8, 10, 5e-5), (recipe.Compound!.Rank, recipe.Compound.Epochs, recipe.Compound.LearningRate));
        Assert.Equal(["rafdb:/data", "affwild2:/data?classes=7"], recipe.Basic.Data.Train);
        Assert.Equal(["rafdb-compound:/data"], recipe.Compound.Data.Train);
        Assert.Equal((AdapterJoin.Merge, "detailed", 8), (recipe.Join, recipe.Prompt, recipe.Training.Accumulate));
        Assert.Equal(new AnswerRecipe { Backbone = recipe.Backbone, Training = new AnswerTraining { SaveEvery = 200 } }.ToYaml(), recipe.With("basic.data.train=[]", "compound.data.train=[]").ToYaml());
    }

    [Fact]
    public void Recipe_is_read_as_it_was_written()
    {
        var recipe = new AnswerRecipe { Backbone = "a b", Join = AdapterJoin.Stack, Decode = AnswerDecoding.Score, Basic = null, Compound = new CompoundStage { Rank = 4, Data = new AnswerData { Train = ["faces:", "folder:x y"] } } };
        Assert.Equal(recipe, AnswerRecipe.Parse(recipe.ToYaml()));
        Assert.Equal(["compound"], recipe.Stages.Select(stage => stage.Name));
    }

    [Theory]
    [InlineData("basic: null\ncompound: null", "a run needs at least one stage")]
    [InlineData("compound: { rank: 0 }", "compound.rank must be from 1 to 65536; got 0")]
    [InlineData("compound: { learning_rate: 0 }", "compound.learning_rate must be above 0")]
    [InlineData("training: { dropout: 1 }", "training.dropout must be from 0 to below 1; got 1")]
    [InlineData("training: { batch: 4 }", "unknown key 'batch' in training")]
    [InlineData("preprocessing: { max_pixels: 3 }", "preprocessing.max_pixels must be from 16")]
    [InlineData("join: both", "unknown value 'both'; known: merge, stack")]
    [InlineData("compound: { data: { train: [\"faces:?seed=1\", \"faces:?seed=1\"] } }", "compound.data.train names a source twice")]
    [InlineData("compound: { data: { train: 7: 8 } }", "recipe:1")]
    public void Value_that_is_not_possible_is_refused(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => AnswerRecipe.Parse(yaml)).Message);

    [Fact]
    public void What_is_missing_is_named()
    {
        RecipeExplanation explained = RecipeExplanation.Load(Shipped, ["backbone=null"]);
        Assert.Null(explained.Recipe);
        Assert.Equal(3, explained.Missing.Count);
        Assert.Contains("backbone is missing", explained.Missing[0]);
        Assert.Contains("basic.data.train is missing", explained.Missing[1]);
        Assert.Contains("or take the stage out (compound: null)", explained.Missing[2]);
        Assert.Contains("rank: 16", explained.Yaml);
    }

    [Fact]
    public void Recipes_of_other_kinds_are_told_apart()
    {
        Assert.False(AnswerRecipe.Is(Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml")));
        Assert.False(AnswerRecipe.Is("no such file"));
        Assert.False(AnswerRecipe.Is("/dev/stdin"));
    }
}
