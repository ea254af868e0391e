using System.Text.Json;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

/// <summary>A CLIP checkpoint on the command line.</summary>
public sealed class ClipCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const string Data = "faces:?seed=1&count=14&size=32";

    [Fact]
    public void Checkpoint_is_scored_without_training()
    {
        using var scratch = new Scratch();
        string clip = TinyClip.Write(scratch);
        JsonElement Score(params string[] more) => Hka.Run(["eval", clip, "--data", Data, "--split", "test", "--json", .. more]).Succeeds().Json;
        Assert.Equal(14, Score().GetProperty("count").GetInt32());
        Assert.NotEqual(Score().GetRawText(), Score("--prompts", "names").GetRawText());
    }

    [Fact]
    public void Checkpoint_predicts_without_training_the_classes_of_its_prompts()
    {
        using var scratch = new Scratch();
        string clip = TinyClip.Write(scratch), mine = scratch.Write("mine.yaml", "Happy: a smile\nbored: a yawn\n");
        string[] Classes(params string[] more) =>
        [
            .. Hka.Run(["predict", clip, tiny.At("photos"), "--json", .. more]).Succeeds().Json[0].GetProperty("probabilities").EnumerateObject().Select(p => p.Name),
        ];
        Assert.Equal([.. Expressions.Names.Take(7)], Classes());
        Assert.Equal([.. Expressions.Names.Take(7)], Classes("--prompts", "names"));
        Assert.Equal(["happiness", "bored"], Classes("--prompts", mine));
        Assert.Contains("happiness,bored", Hka.Run("predict", clip, tiny.At("photos"), "--prompts", mine, "--format", "csv").Succeeds().Out);
        Assert.Equal(2, Hka.Run("predict", clip, "--prompts", mine).Code);
    }

    [Theory]
    [InlineData("eval", "--data", "faces:?count=7")]
    [InlineData("predict", "photos")]
    public void Prompts_belong_to_a_checkpoint(string command, params string[] rest)
    {
        Hka.Outcome outcome = Hka.Run([command, tiny.Adapter, .. rest, "--prompts", "names"]);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("--prompts belongs to a CLIP checkpoint", outcome.Error);
    }

    [Fact]
    public void Backbone_belongs_to_an_adapter()
    {
        using var scratch = new Scratch();
        Hka.Outcome outcome = Hka.Run("predict", TinyClip.Write(scratch), tiny.At("photos"), "--backbone", tiny.Backbone);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("--backbone belongs to an adapter", outcome.Error);
    }

    [Fact]
    public void Training_tells_the_score_before_it()
    {
        using var scratch = new Scratch();
        string recipe = scratch.Write("clip.yaml", $"""
            data:
              train: "{Data}"
            backbone: "{TinyClip.Write(scratch)}"
            training:
              epochs: 1
            augmentation:
            preprocessing:
              size: 32
            """);
        Hka.Outcome outcome = Hka.Run("train", recipe, "--out", scratch["run"], "--json").Succeeds();
        double before = outcome.Json.GetProperty("zero_shot").GetProperty("accuracy").GetDouble();
        Assert.Equal(
            before, CheckpointFolder.ReadJson(scratch["run/zero-shot.json"]).GetProperty("metrics").GetProperty("accuracy").GetDouble());
        Assert.Contains("zero-shot", Hka.Run("train", recipe, "--out", scratch["again"]).Succeeds().Out);
    }

    [Fact]
    public void Whole_checkpoint_in_another_element_type_is_whole()
    {
        using var scratch = new Scratch();
        string clip = TinyClip.Write(scratch);
        Hka.Run("convert", clip, scratch["half"], "--dtype", "bfloat16").Succeeds();
        Assert.Equal(ClipModel.Load(clip, out _).ParameterCount, ClipModel.Load(scratch["half"], out _).ParameterCount);
        Hka.Run("predict", scratch["half"], tiny.At("photos")).Succeeds();
    }
}
