using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class DescribeRunTests
{
    [Fact]
    public void Base_is_made_resumed_and_taught_by_the_demonstration_s_recipe()
    {
        using var scratch = new Scratch(inMemory: true);
        DescribeRecipe recipe = DescribeRecipe.Load(Recipe("cer-base"), [
            "describe.count=8", "describe.held=4", "describe.size=16", "model.width=16", "model.depth=1", "model.heads=2", "model.vision_width=16", "model.vision_depth=1",
            "model.vision_heads=2", "model.vocabulary=400", "training.epochs=2", "training.parts_epochs=1", "training.accumulate=4",
        ]) with { Save = scratch["saved"] };
        PretrainResult whole = DescribeRun.Execute(recipe, scratch["whole"]);
        using var stop = new CancellationTokenSource();
        DescribeRun.Execute(recipe, scratch["part"], progress: new DirectProgress<TrainingProgress>(p => { if (p.Phase == "scored") { stop.Cancel(); } }), cancel: stop.Token);
        PretrainResult rest = DescribeRun.Execute(recipe, scratch["part"], resume: true);
        Assert.Equal((whole.Last, 2), (rest.Last, rest.Epochs));
        Assert.Equal(File.ReadAllBytes(scratch["whole/last/backbone/model.safetensors"]), File.ReadAllBytes(scratch["part/last/backbone/model.safetensors"]));
        Assert.True(QwenVl.IsIn(scratch["saved"]));

        // The shipped recipe, on less of it.
        AnswerRecipe demo = AnswerRecipe.Load(Recipe("cer-demo"), [
            $"backbone={scratch["saved"]}", "basic.epochs=1", "compound.epochs=1", "basic.data.train=faces:?count=7&size=16", "basic.data.valid=faces:?count=7&size=16&seed=2",
            "compound.data.train=faces:?count=11&size=16&classes=compound", "compound.data.valid=faces:?count=11&size=16&classes=compound&seed=2", "decode=score",
            "preprocessing.max_pixels=256",
        ]);
        AnswerRunResult run = AnswerRun.Execute(demo, scratch["demo"]);
        Assert.Equal(["done", "done"], run.Stages.Select(stage => stage.Status));
        Assert.Equal(CompoundExpression.Names, AnsweringModel.Load(scratch["demo"]).Labels);
    }

    [Fact]
    public void Base_of_the_shipped_recipe_is_small_enough_to_ship()
    {
        DescribeRecipe recipe = DescribeRecipe.Load(Recipe("cer-base"));
        using var scratch = new Scratch(inMemory: true);
        var model = new QwenVl(recipe.Model.Config(QwenVocabulary.Write(scratch.Folder, [], 263)));
        long largest = model.ParameterCount + ((long)(recipe.Model.Vocabulary - 263) * recipe.Model.Width);
        Assert.InRange(2 * largest, 1, 8_000_000);
    }

    [Theory]
    [InlineData("model.vocabulary=1001", "must be from 263 to 1000")]
    [InlineData("model.heads=5", "multiples of four times the heads")]
    [InlineData("training.parts_epochs=8", "must be from 0 to below the epochs")]
    [InlineData("describe.count=0", "count and held must be above 0")]
    [InlineData("training.batch=3", "unknown key 'batch' in training")]
    public void Value_that_is_not_possible_is_refused(string set, string expected) =>
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => DescribeRecipe.Load(Recipe("cer-base"), [set])).Message);

    private static string Recipe(string name) => Path.Combine(Fixtures.Root, "recipes", $"{name}.yaml");
}
