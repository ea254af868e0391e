using System.Text.Json;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>A CLIP of fresh weights, from its folder to predictions, with every method.</summary>
public sealed class ClipTrainingTests
{
    private static ImageDataset Valid => DataSource.Parse("faces:?seed=4&count=14&size=32").Open("valid");

    [Theory]
    [InlineData("heka", "text.prompts=cues")]
    [InlineData("heka", "text.context=2")]
    [InlineData("lora", "text={context: 3, shared: true, prompts: names}")]
    [InlineData("full", "text.prompts=names")]
    public void Run_scores_zero_shot_first_trains_and_its_saved_model_predicts_the_same(string method, string text)
    {
        using var scratch = new Scratch();
        Recipe recipe = RecipeOf(scratch, method).With(text);
        RunResult run = TrainingRun.Execute(recipe, scratch["run"]);

        ExpressionModel bare = ExpressionModel.ZeroShot(recipe.Backbone.Folder!, Valid.Classes, new TextSettings { Prompts = recipe.Text.Prompts });
        JsonElement zeroShot = CheckpointFolder.ReadJson(new RunFolder(scratch["run"]).ZeroShot);
        Assert.Equal(Evaluator.Evaluate(bare, Valid).Accuracy, zeroShot.GetProperty("metrics").GetProperty("accuracy").GetDouble());
        Assert.Equal(0, zeroShot.GetProperty("epoch").GetInt32());

        ExpressionModel model = ExpressionModel.Load(scratch["run"]);
        EvaluationResult again = Evaluator.Evaluate(model, Valid);
        Assert.Equal(MetricsJson.Write(run.Last!).ToJsonString(), MetricsJson.Write(again).ToJsonString());
        Assert.Equal(ClassPrompts.For(Valid.Classes, recipe.Text.Prompts), model.Prompts);
        Assert.NotEqual(bare.Predict(Valid.Load(0)).Probabilities, model.Predict(Valid.Load(0)).Probabilities);

        // What was loaded can be saved and loaded again, context included.
        model.Save(scratch["copy"]);
        Assert.Equal(
            model.Predict(Valid.Load(0)).Probabilities, ExpressionModel.Load(scratch["copy"], Backbones.Resolve(model.BaseName, scratch["run/last"])).Predict(Valid.Load(0)).Probabilities);
    }

    [Fact]
    public void Linear_probe_has_a_head_on_the_unprojected_feature_and_no_zero_shot()
    {
        using var scratch = new Scratch();
        RunResult run = TrainingRun.Execute(RecipeOf(scratch, "linear"), scratch["run"]);
        Assert.Equal(7 * (TinyClip.Config.Vision.Width + 1), run.Trainable);
        Assert.False(File.Exists(new RunFolder(scratch["run"]).ZeroShot));
        Assert.Equal(run.Last!.Accuracy, Evaluator.Evaluate(ExpressionModel.Load(scratch["run"]), Valid).Accuracy);
    }

    [Theory]
    [InlineData("text.context=2", 7 * 2 * 16)]
    [InlineData("text={context: 2, shared: true}", 2 * 16)]
    [InlineData("text.prompts=cues", 0)]
    public void Context_adds_its_tokens_to_what_is_trained(string text, int tokens)
    {
        using var scratch = new Scratch();
        Recipe recipe = RecipeOf(scratch, "heka");
        ExpressionModel without = ModelBuilder.Build(recipe, Valid.Classes), with = ModelBuilder.Build(recipe.With(text), Valid.Classes);
        long Count(ExpressionModel model) => ModelBuilder.Trainable(model).Sum(p => p.Shape.Count);
        Assert.Equal(tokens, Count(with) - Count(without));
        Assert.Equal(without.Adapter!.ParameterCount, Count(without));
    }

    [Fact]
    public void Resumed_run_has_the_files_of_one_that_was_not_interrupted()
    {
        using var scratch = new Scratch();
        Recipe recipe = RecipeOf(scratch, "heka").With("text.context=2");
        TrainingRun.Execute(recipe, scratch["whole"]);
        using (var stop = new CancellationTokenSource())
        {
            TrainingRun.Execute(recipe, scratch["cut"], false, null, null, null, stop.Cancel, stop.Token);
        }

        TrainingRun.Execute(recipe, scratch["cut"], resume: true);
        foreach (string file in (string[])["metrics.jsonl", "zero-shot.json", "last/adapter_model.safetensors"])
        {
            Assert.Equal(File.ReadAllBytes(scratch[$"whole/{file}"]), File.ReadAllBytes(scratch[$"cut/{file}"]));
        }
    }

    [Theory]
    [InlineData("linear", "text.context=2", "text has no effect on method linear")]
    [InlineData("heka", "preprocessing.size=48", "this CLIP takes pictures of 32 pixels")]
    [InlineData("heka", "text.context=120", "there is room for 80 beside the context")]
    public void Settings_that_do_not_fit_are_refused_with_a_remedy(string method, string set, string expected)
    {
        using var scratch = new Scratch();
        Recipe recipe = RecipeOf(scratch, method).With(set);
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => ModelBuilder.Build(recipe, Valid.Classes)).Message);
    }

    [Fact]
    public void Adapter_of_clip_on_another_backbone_is_refused()
    {
        using var scratch = new Scratch();
        Recipe recipe = RecipeOf(scratch, "heka").With("training.epochs=1");
        TrainingRun.Execute(recipe, scratch["run"]);
        TinyModels.Vit().Save(scratch["dinov2"]);
        Assert.Contains("another kind of backbone", Assert.Throws<HkaFerException>(() => ExpressionModel.Load(scratch["run"], scratch["dinov2"])).Message);
        string other = TinyClip.Write(scratch, "other", seed: 2);
        Assert.Contains("trained on another backbone", Assert.Throws<HkaFerException>(() => ExpressionModel.Load(scratch["run"], other)).Message);
    }

    private static Recipe RecipeOf(Scratch scratch, string method) => Recipe.Parse($"""
        data:
          train: "faces:?seed=3&count=28&size=32"
          valid: "faces:?seed=4&count=14&size=32"
        method: {method}
        optimizer:
          learning_rate: 0.001
        training:
          epochs: 2
          batch: 7
        preprocessing:
          size: 32
        """) with { Backbone = TinyClip.Write(scratch) };
}
