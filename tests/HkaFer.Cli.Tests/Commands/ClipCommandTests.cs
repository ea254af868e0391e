using System.Text.Json;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
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

    [Fact]
    public void Adapter_of_the_library_takes_prompts_as_a_checkpoint_does()
    {
        using var scratch = new Scratch();
        string clip = TinyClip.Write(scratch), adapter = scratch["lora"], mine = scratch.Write("mine.yaml", "Happy: a smile\nbored: a yawn\n");
        SafeTensorsWriter.Save(Path.Combine(adapter, "adapter_model.safetensors"),
            [.. Enumerable.Range(0, 2).SelectMany(i => ((string, Tensor)[])[($"base_model.model.vision_model.encoder.layers.{i}.mlp.fc1.lora_A.weight", Tensor.Full([2, 32], 0.1)), ($"base_model.model.vision_model.encoder.layers.{i}.mlp.fc1.lora_B.weight", Tensor.Full([64, 2], 0.1))])]);
        scratch.Write("lora/adapter_config.json", """{"peft_type":"LORA","r":2,"lora_alpha":2,"target_modules":["fc1"],"base_model_name_or_path":"../clip"}""");
        Assert.Equal(["happiness", "bored"], Hka.Run("predict", adapter, tiny.At("photos"), "--prompts", mine, "--json").Succeeds().Json[0].GetProperty("probabilities").EnumerateObject().Select(p => p.Name));
        Assert.Equal(14, Hka.Run("eval", adapter, "--data", Data, "--split", "test", "--prompts", "names", "--json").Succeeds().Json.GetProperty("count").GetInt32());
        Hka.Run("convert", adapter, scratch["out"], "--prompts", mine).Succeeds();
        Assert.Equal(["happiness", "bored"], Hka.Run("predict", scratch["out"], tiny.At("photos"), "--json").Succeeds().Json[0].GetProperty("probabilities").EnumerateObject().Select(p => p.Name));
        Hka.Outcome twice = Hka.Run("convert", scratch["out"], scratch["again"], "--prompts", mine);
        Assert.Equal(2, twice.Code);
        Assert.Contains("other models have classes of their own", twice.Error);
    }

    [Theory]
    [InlineData("eval", "--data", "faces:?count=7")]
    [InlineData("predict", "photos")]
    public void Prompts_belong_to_a_checkpoint(string command, params string[] rest)
    {
        Hka.Outcome outcome = Hka.Run([command, tiny.Adapter, .. rest, "--prompts", "names"]);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("--prompts belongs to a CLIP checkpoint, or to an adapter of another program", outcome.Error);
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
