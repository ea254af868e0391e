using System.Text.Json;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests;

/// <summary>predict and eval with a vision-language model, of random weights: what it writes is no answer.</summary>
public sealed class AnswerCommandTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly string _qwen;

    public AnswerCommandTests()
    {
        _qwen = TinyQwen.Checkpoint(_scratch);
        Directory.CreateDirectory(_scratch["photos"]);
        FaceGenerator.Draw(FaceSpec.FromSeed(FaceDomain.Source, Expression.Happiness, 1, 16)).SavePng(_scratch["photos/a.png"]);
        new Image(1, 300, new byte[900]).SavePng(_scratch["photos/long.png"]);
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Answer_that_names_no_class_has_neither_label_nor_probabilities()
    {
        Hka.Outcome outcome = Hka.Run("predict", _qwen, _scratch["photos"], "--json");
        Assert.Equal(1, outcome.Code);
        JsonElement[] rows = [.. outcome.Json.EnumerateArray()];
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty("label").ValueKind);
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty("probabilities").ValueKind);
        Assert.Equal(JsonValueKind.String, rows[0].GetProperty("answer").ValueKind);
        Assert.Contains("long.png: preprocessing: a picture of 1 x 300 is more than 200 times", rows[1].GetProperty("error").GetString());

        Assert.Contains("\t(unparsed)\t\t", Hka.Run("predict", _qwen, _scratch["photos/a.png"]).Succeeds().Out);
        Assert.StartsWith("path,label,answer,neutral,happiness,", Hka.Run("predict", _qwen, _scratch["photos/a.png"], "--format", "csv").Succeeds().Out);
    }

    [Fact]
    public void Scored_classes_have_probabilities()
    {
        JsonElement row = Hka.Run("predict", _qwen, _scratch["photos/a.png"], "--json", "--decode", "score").Succeeds().Json[0];
        Assert.Equal(1, row.GetProperty("probabilities").EnumerateObject().Sum(p => p.Value.GetDouble()), 1e-5);
        Assert.Equal($"{{\"expression\": \"{row.GetProperty("label").GetString()}\"}}", row.GetProperty("answer").GetString());
    }

    [Fact]
    public void Eval_counts_answers_by_their_form()
    {
        JsonElement json = Hka.Run("eval", _qwen, "--data", "faces:?count=7&size=16", "--json").Succeeds().Json;
        Assert.Equal((7, 7, 0), (json.GetProperty("count").GetInt32(), json.GetProperty("unparsed").GetInt32(), json.GetProperty("outside").GetInt32()));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("ece").ValueKind);
        Assert.Equal("(unparsed)", json.GetProperty("per_class")[7].GetProperty("name").GetString());
        Assert.Contains("answers unparsed", Hka.Run("eval", _qwen, "--data", "faces:?count=7&size=16").Succeeds().Out);
        Assert.Equal(0, Hka.Run("eval", _qwen, "--data", "faces:?count=7&size=16", "--decode", "score", "--json").Succeeds().Json.GetProperty("unparsed").GetInt32());
    }

    [Fact]
    public void Tensors_without_a_place_are_told()
    {
        string weights = _scratch["qwen/model.safetensors"], whole = _scratch["whole.safetensors"];
        File.Move(weights, whole);
        using (SafeTensorsFile file = SafeTensorsFile.Open(whole))
        {
            SafeTensorsWriter.Save(weights, [.. file.Tensors.Keys.Select(name => (name, file.Read(name))), ("visual.pooler.weight", Tensor.Zeros([2]))]);
        }

        const string warning = "warning: 1 tensor of the checkpoint left out, for the model has no place for it: visual.pooler.weight";
        Assert.Contains(warning, Hka.Run("predict", _qwen, _scratch["photos/a.png"]).Succeeds().Error);
        Hka.Outcome eval = Hka.Run("eval", _qwen, "--data", "faces:?count=7&size=16", "--decode", "score", "--json").Succeeds();
        Assert.Contains(warning, eval.Error);
        Assert.Equal("visual.pooler.weight", eval.Json.GetProperty("unused_tensors")[0].GetString());
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        using var tiny = new TinyModel();
        Hka.Outcome wrong = Hka.Run("predict", tiny.Adapter, _scratch["photos/a.png"], "--decode", "score");
        Assert.Equal(2, wrong.Code);
        Assert.Contains("--decode belongs to a vision-language model", wrong.Error);
        foreach (string[] args in (string[][])[["predict", _qwen, _scratch["photos/a.png"], "--batch", "2"], ["eval", _qwen, "--data", "faces:?count=7&size=16", "--batch", "2"]])
        {
            wrong = Hka.Run(args);
            Assert.Equal(2, wrong.Code);
            Assert.Contains("--batch belongs to a model that gives probabilities", wrong.Error);
        }

        Assert.Contains("is a checkpoint itself", Hka.Run("predict", _qwen, _scratch["photos/a.png"], "--backbone", _qwen).Error);
        Assert.Contains("did you mean 'minimal'", Hka.Run("predict", _qwen, _scratch["photos/a.png"], "--prompts", "minimum").Error);
    }
}
