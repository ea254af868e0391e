using System.Text.Json;
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
        string page = File.ReadAllText(scratch["whole/report.html"]);
        Assert.All(["Parts told right", "<th scope=\"col\">said</th>", "brows: "], text => Assert.Contains(text, page));
        Assert.DoesNotContain("Confusion matrix", page);
        Assert.Contains("hkafer train cer-demo --set backbone=", Assert.Throws<HkaFerException>(() => ExpressionModel.Load(scratch["whole"])).Message);

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
    public void Run_that_was_stopped_among_updates_of_the_whole_model_goes_on_with_the_same_bits()
    {
        // Then the vision tower has had more updates than the language model.
        using var scratch = new Scratch(inMemory: true);
        DescribeRecipe recipe = DescribeRecipe.Load(Recipe("cer-base"), [
            "describe.count=12", "describe.held=2", "describe.size=16", "model.width=16", "model.depth=1", "model.heads=2", "model.vision_width=16", "model.vision_depth=1",
            "model.vision_heads=2", "model.vocabulary=300", "training.epochs=2", "training.parts_epochs=1", "training.accumulate=2", "training.save_every=1",
        ]);
        DescribeRun.Execute(recipe, scratch["whole"]);
        using var stop = new CancellationTokenSource();
        PretrainResult part = DescribeRun.Execute(
            recipe, scratch["part"], progress: new DirectProgress<TrainingProgress>(p => { if (p.Epoch == 2 && p.Phase == "train") { stop.Cancel(); } }), cancel: stop.Token);
        Assert.True(part.Interrupted);
        DescribeRun.Execute(recipe, scratch["part"], resume: true);
        Assert.Equal(File.ReadAllBytes(scratch["whole/state/state.safetensors"]), File.ReadAllBytes(scratch["part/state/state.safetensors"]));
    }

    [Fact]
    public void Model_in_the_box_is_what_the_recipe_makes_and_says_most_parts_right()
    {
        string folder = Backbones.Resolve(Backbones.Describing);
        QwenVl model = QwenVl.Load(folder);
        QwenTokenizer tokenizer = QwenTokenizer.Load(folder);
        Assert.InRange(model.Config.Text.Vocabulary, 263, 1000);
        Assert.Equal(DescribeRecipe.Load(Recipe("cer-base")).Model.Config(tokenizer).ToJson().ToJsonString(), model.Config.ToJson().ToJsonString());
        Assert.Equal((tokenizer.Find("<|vision_start|>") ?? 0, tokenizer.Find("<|vision_end|>") ?? 0), (model.Config.VisionStartToken, model.Config.VisionEndToken));

        // Faces that it has not seen; the card says how often of 200.
        Assert.InRange(Said.Right(model, tokenizer, seed: 424242, faces: 20), 0.8, 1);
    }

    [Fact]
    public void Demonstration_runs_as_it_is_shipped_on_fewer_faces()
    {
        using var scratch = new Scratch(inMemory: true);
        AnswerRecipe demo = AnswerRecipe.Load(Recipe("cer-demo"), [
            "basic.epochs=1", "compound.epochs=1", "basic.data.train=faces:?count=7", "basic.data.valid=faces:?count=7&seed=2",
            "compound.data.train=faces:?count=11&classes=compound", "compound.data.valid=faces:?count=11&classes=compound&seed=2",
        ]);
        Assert.Equal(Backbones.Describing, demo.Backbone);
        Assert.Equal(["done", "done"], AnswerRun.Execute(demo, scratch["run"]).Stages.Select(stage => stage.Status));
        JsonElement[] lines = [.. File.ReadLines(scratch["run/compound/predictions.jsonl"]).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(11, lines.Length);
        Assert.All(lines, line => Assert.Equal((JsonValueKind.String, JsonValueKind.Null), (line.GetProperty("answer").ValueKind, line.GetProperty("probabilities").ValueKind)));
        string page = File.ReadAllText(scratch["run/compound/report.html"]);
        Assert.Contains("of its answers parse", page);
        Assert.DoesNotContain("confident", page);
        Assert.Contains("is a vision-language model", Assert.Throws<HkaFerException>(() => ExpressionModel.Load(scratch["run"])).Message);
        AnsweringModel detailed = AnsweringModel.Untrained(Backbones.Describing, AnswerPrompt.For(CompoundExpression.Names, "detailed"));
        Assert.NotNull(detailed.Ask(FaceGenerator.Draw(new FaceSpec())));
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
