using System.Text.Json;
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
    public void What_is_wrong_is_said_and_leaves_no_folder()
    {
        Hka.Outcome missing = Hka.Run("train", _recipe, "--out", _scratch["none"], "--set", "compound.data.train=[]");
        Assert.Equal(1, missing.Code);
        Assert.Contains("compound.data.train is missing", missing.Error);
        Assert.Contains("unknown key 'rnak' in compound; did you mean 'rank'", Hka.Run("train", _recipe, "--set", "compound.rnak=3").Error);
        Assert.Contains("no folder with a config.json", Hka.Run("train", _recipe, "--out", _scratch["none"], "--set", "backbone=nowhere").Error);
        Assert.False(Directory.Exists(_scratch["none"]));
    }
}
