using System.Text.Json;
using System.Text.Json.Nodes;
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
        Assert.Equal(MetricsJson.Write(run.ZeroShot!).ToJsonString(), JsonObject.Create(zeroShot.GetProperty("metrics"))!.ToJsonString());
        Assert.Equal(
            MetricsJson.Write(run.ZeroShot!).ToJsonString(),
            JsonObject.Create(new RunFolder(scratch["run"]).ReadSummary().GetProperty("zero_shot"))!.ToJsonString());
        Assert.Contains($"<b>{Figures.Percent(run.ZeroShot!.Accuracy)}</b><span>accuracy by texts alone, before training", File.ReadAllText(new RunFolder(scratch["run"]).Report));

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
        Assert.Null(run.ZeroShot);
        Assert.DoesNotContain("by texts alone", File.ReadAllText(new RunFolder(scratch["run"]).Report));
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

        Assert.Equal(
            JsonObject.Create(new RunFolder(scratch["whole"]).ReadSummary().GetProperty("zero_shot"))!.ToJsonString(),
            MetricsJson.Write(TrainingRun.Execute(recipe, scratch["cut"], resume: true).ZeroShot!).ToJsonString());
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

    [Theory]
    [InlineData("prompts.yaml", "neutral: another phrase", "the texts of the classes changed")]
    [InlineData("clip/preprocessor_config.json", "{\"size\": 32, \"image_mean\": [0.5, 0.5, 0.5]}", "the backbone's preprocessing changed")]
    public void Run_is_resumed_with_the_texts_and_the_preprocessing_that_it_began_with(string file, string content, string expected)
    {
        using var scratch = new Scratch();
        string prompts = string.Concat(Valid.Classes.Select(name => $"{name}: a face of {name}\n"));
        Recipe recipe = RecipeOf(scratch, "heka").With($"text.prompts={scratch.Write("prompts.yaml", prompts)}");
        using (var stop = new CancellationTokenSource())
        {
            TrainingRun.Execute(recipe, scratch["run"], false, null, null, null, stop.Cancel, stop.Token);
        }

        scratch.Write(file, file == "prompts.yaml" ? prompts.Replace("neutral: a face of neutral", content, StringComparison.Ordinal) : content);
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => TrainingRun.Execute(recipe, scratch["run"], resume: true)).Message);
    }

    [Fact]
    public void Saved_model_predicts_without_text_encoder_and_tokenizer()
    {
        using var scratch = new Scratch();
        Recipe recipe = RecipeOf(scratch, "heka").With("text.context=2");
        TrainingRun.Execute(recipe, scratch["run"]);
        float[] before = [.. ExpressionModel.Load(scratch["run"]).Predict(Valid.Load(0)).Probabilities];

        // The image encoder with its projection, as the hub has it alone.
        ClipImageEncoder.Load(scratch["clip"], out _).Save(scratch["images"]);
        Directory.Delete(scratch["clip"], recursive: true);
        Directory.Move(scratch["images"], scratch["clip"]);
        Assert.DoesNotContain(Directory.GetFiles(scratch["clip"]), name => name.EndsWith("merges.txt", StringComparison.Ordinal));
        Assert.Equal(before, ExpressionModel.Load(scratch["run"]).Predict(Valid.Load(0)).Probabilities);
        Assert.Contains("holds no text encoder", Assert.Throws<HkaFerException>(() => ExpressionModel.ZeroShot(scratch["clip"], Valid.Classes)).Message);
    }

    [Fact]
    public void Texts_are_embedded_once_and_then_taken_from_the_users_cache()
    {
        using var scratch = new Scratch();
        string clip = TinyClip.Write(scratch, seed: 77);
        ClipTokenizer tokenizer = ClipTokenizer.Load(clip);
        var texts = new ClipClassTexts(
            ClipTextEncoder.Load(clip), [.. ClassPrompts.For(Valid.Classes, "names").Select(list => (int[][])[.. list.Select(phrase => tokenizer.Encode(phrase))])]);
        Assert.False(File.Exists(TinyClip.CacheFileOf(texts)));
        ExpressionModel.ZeroShot(clip, Valid.Classes, new TextSettings { Prompts = "names" });
        Assert.True(File.Exists(TinyClip.CacheFileOf(texts)));
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
