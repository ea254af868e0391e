using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests;

/// <summary>train with a recipe of stages, as a user runs it.</summary>
public sealed class StagedTrainCommandTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly string _recipe;

    public StagedTrainCommandTests() => _recipe = _scratch.Write("two stages.yaml", $$"""
        backbone: "{{TinyQwen.Checkpoint(_scratch)}}"
        prompt: minimal
        decode: score
        preprocessing: { max_pixels: 256 }
        training: { accumulate: 4 }
        basic: { rank: 2, epochs: 1, data: { train: "faces:?count=7&size=16" } }
        compound: { rank: 2, epochs: 1, data: { train: "faces:?count=11&size=16&classes=compound" } }
        """);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Stages_are_planned_trained_and_used_by_one_command_each()
    {
        Hka.Outcome plan = Hka.Run("train", _recipe, "--explain").Succeeds();
        Assert.Contains("learning_rate: 5e-05", plan.Out);
        Assert.Contains("stage basic: 7 pictures in 7 classes, 1 epochs of 2 updates", plan.Error);
        Assert.Contains("stage compound: 11 pictures in 11 classes", plan.Error);

        string run = _scratch["run ä"];
        JsonElement json = Hka.Run("train", _recipe, "--out", run, "--json").Succeeds().Json;
        Assert.Equal(["basic", "compound"], json.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("name").GetString()));
        Assert.Equal(11, json.GetProperty("last").GetProperty("count").GetInt32());
        Assert.True(json.GetProperty("trainable").GetInt64() > 0);

        JsonElement eval = Hka.Run("eval", run, "--data", "faces:?count=11&size=16&classes=compound", "--split", "valid", "--decode", "score", "--json").Succeeds().Json;
        Assert.Equal(json.GetProperty("last").GetProperty("log_loss").GetDouble(), eval.GetProperty("log_loss").GetDouble(), 1e-12);
        Assert.Equal("run", Hka.Run("inspect", run, "--json").Succeeds().Json.GetProperty("kind").GetString());
        Hka.Outcome again = Hka.Run("train", _recipe, "--out", run, "--resume").Succeeds();
        Assert.Contains("compound", again.Out);
        Assert.Equal(1, Hka.Run("train", _recipe, "--out", run).Code);
    }

    [Fact]
    public void Stage_that_answers_for_a_later_one_is_named()
    {
        string run = _scratch["run"], photo = Photo();
        Hka.Run("train", _recipe, "--out", run, "--quiet").Succeeds();
        Assert.DoesNotContain("warning", Hka.Run("predict", run, photo, "--decode", "score").Succeeds().Error);

        foreach (string model in (string[])["last", "best"])
        {
            Directory.Delete(_scratch[$"run/compound/{model}"], recursive: true);
        }

        Hka.Outcome first = Hka.Run("predict", run, photo, "--decode", "score").Succeeds();
        Assert.Contains("warning: " + run + ": the stage compound has saved no model yet; that of the stage basic answers", first.Error);
        Assert.Contains("the stage basic answers", Hka.Run("eval", run, "--data", "faces:?count=7&size=16", "--decode", "score").Succeeds().Error);
    }

    [Fact]
    public void Run_is_converted_to_an_adapter_and_to_a_checkpoint_that_predict_asks()
    {
        string run = _scratch["run"], photo = Photo(), merged = _scratch["merged"], adapter = _scratch["adapter"];
        Hka.Run("train", _recipe, "--out", run, "--quiet").Succeeds();
        JsonElement json = Hka.Run("convert", run, adapter, "--json").Succeeds().Json;
        Assert.Equal(("peft", 0), (json.GetProperty("format").GetString(), json.GetProperty("max_difference").GetDouble()));
        string before = Hka.Run("predict", run, photo, "--decode", "score", "--json").Succeeds().Out;
        Assert.Equal(before, Hka.Run("predict", adapter, photo, "--decode", "score", "--json").Succeeds().Out);

        Hka.Run("convert", adapter, merged, "--format", "merged").Succeeds();
        JsonElement inside = Hka.Run("inspect", merged, "--json").Succeeds().Json;
        Assert.All(inside.GetProperty("tensors").EnumerateArray(), tensor => Assert.Equal("bfloat16", tensor.GetProperty("dtype").GetString()));
        JsonElement[] rows = [.. new[] { before, Hka.Run("predict", merged, photo, "--decode", "score", "--json").Succeeds().Out }.Select(text => JsonDocument.Parse(text).RootElement[0].GetProperty("probabilities"))];
        Assert.All(rows[0].EnumerateObject(), p => Assert.Equal(p.Value.GetDouble(), rows[1].GetProperty(p.Name).GetDouble(), 0.02));

        Assert.Equal("checkpoint", Hka.Run("convert", merged, _scratch["whole"], "--dtype", "float32", "--json").Succeeds().Json.GetProperty("format").GetString());
        Assert.Equal(11, Hka.Run("predict", _scratch["whole"], photo, "--decode", "score", "--json").Succeeds().Json[0].GetProperty("probabilities").EnumerateObject().Count());
        Refused("no such graph", run, _scratch["model.onnx"]);
        Refused("cannot be had apart", merged, _scratch["never"], "--format", "peft");
        Refused("takes a backbone", run, _scratch["never"], "--format", "checkpoint");
        Assert.Contains("a trained model is asked what it was trained with", Hka.Run("predict", merged, photo, "--prompts", "minimal").Error);
        Assert.False(Path.Exists(_scratch["never"]));

        static void Refused(string says, params string[] args)
        {
            Hka.Outcome outcome = Hka.Run(["convert", .. args]);
            Assert.Equal(1, outcome.Code);
            Assert.Contains(says, outcome.Error);
        }
    }

    [Fact]
    public void Adapter_of_the_hub_s_cache_answers_and_one_without_a_prompt_is_told_apart()
    {
        string run = _scratch["run"], photo = Photo(), model = _scratch["hub/models--org--tiny"], commit = new('a', 40), adapter = Path.Combine(run, "compound", "last");
        Hka.Run("train", _recipe, "--out", run, "--set", "basic=null", "--quiet").Succeeds();
        _scratch.Write("hub/models--org--tiny/refs/main", commit);
        Directory.CreateDirectory($"{model}/snapshots");
        Directory.CreateSymbolicLink($"{model}/snapshots/{commit}", adapter);
        using (Process process = Hka.Start(["predict", "org/tiny", photo, "--decode", "score", "--json"], ("HF_HUB_CACHE", _scratch["hub"])))
        {
            Assert.Equal(11, Hka.Finish(process).Succeeds().Json[0].GetProperty("probabilities").EnumerateObject().Count());
        }

        string config = Path.Combine(adapter, "adapter_config.json");
        JsonObject json = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        json.Remove("prompt");
        File.WriteAllText(config, json.ToJsonString());
        Hka.Outcome without = Hka.Run("predict", adapter, photo);
        Assert.Equal(1, without.Code);
        Assert.Contains("adapter_config.json: has no prompt: it does not say what the model was asked", without.Error);
    }

    [Fact]
    public void Report_that_cannot_be_written_and_scores_that_flatter_are_warnings()
    {
        string run = _scratch["run"], report = Path.Combine(run, "report.html");
        string test = Faces("test"), train = Faces("train");
        string[] args = ["train", _recipe, "--out", run, "--set", "basic=null", "--set", $"compound.data.train=folder:{train}", "--set", $"compound.data.test=folder:{test}", "--set", "training.selection=best", "--json"];
        Hka.Outcome flattered = Hka.Run(args).Succeeds();
        Assert.Contains("warning: stage compound: training.selection: best chooses the epoch by the test split", flattered.Error);
        Assert.Contains("flatters the model", flattered.Json.GetProperty("caution").GetString());
        Assert.Contains("flatters the model", new Training.RunFolder(run).ReadSummary().GetProperty("caution").GetString());

        // A folder of that name is in the way when the run is looked at again.
        File.Delete(report);
        Directory.CreateDirectory(Path.Combine(report, "x"));
        Hka.Outcome again = Hka.Run([.. args, "--resume"]).Succeeds();
        Assert.Contains("warning: the report is not up to date", again.Error);
        Assert.Contains($"hkafer runs report {run}", again.Json.GetProperty("warning").GetString());

        string Faces(string name)
        {
            foreach (Expression expression in (Expression[])[Expression.Happiness, Expression.Sadness])
            {
                Directory.CreateDirectory(_scratch[Path.Combine(name, Expressions.Names[(int)expression])]);
                FaceGenerator.Draw(FaceSpec.FromSeed(FaceDomain.Source, expression, (ulong)name.Length, 16)).SavePng(_scratch[Path.Combine(name, Expressions.Names[(int)expression], "a.png")]);
            }

            return _scratch[name];
        }
    }

    [Fact]
    public void What_is_wrong_is_said_and_leaves_no_folder()
    {
        Hka.Outcome missing = Hka.Run("train", _recipe, "--out", _scratch["none"], "--set", "compound.data.train=[]");
        Assert.Equal(1, missing.Code);
        Assert.Contains("compound.data.train is missing", missing.Error);
        Assert.Contains("unknown key 'rnak' in compound; did you mean 'rank'", Hka.Run("train", _recipe, "--set", "compound.rnak=3").Error);
        Assert.Contains("no folder with a config.json", Hka.Run("train", _recipe, "--out", _scratch["none"], "--set", "backbone=nowhere").Error);
        Assert.False(Directory.Exists(_scratch["none"]));
    }

    private string Photo()
    {
        FaceGenerator.Draw(FaceSpec.FromSeed(FaceDomain.Source, Expression.Happiness, 1, 16)).SavePng(_scratch["a.png"]);
        return _scratch["a.png"];
    }
}
