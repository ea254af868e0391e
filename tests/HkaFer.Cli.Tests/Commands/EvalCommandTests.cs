using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

public sealed class EvalCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Metrics_have_every_field_and_agree_with_each_other()
    {
        JsonElement json = Hka.Run("eval", tiny.Adapter, "--data", "faces:?count=21&size=48", "--json").Succeeds().Json;
        Assert.Equal("test", json.GetProperty("split").GetString());
        Assert.Equal(21, json.GetProperty("count").GetInt64());
        Assert.InRange(json.GetProperty("macro_f1").GetDouble(), 0, 1);
        Assert.InRange(json.GetProperty("ece").GetDouble(), 0, 1);
        Assert.Equal(7, json.GetProperty("per_class").GetArrayLength());
        Assert.Equal(3, json.GetProperty("per_class")[0].GetProperty("support").GetInt64());
        long[][] confusion = [
            .. json.GetProperty("confusion").EnumerateArray().Select(row => row.EnumerateArray().Select(n => n.GetInt64()).ToArray())];
        Assert.Equal(21, confusion.Sum(row => row.Sum()));
        Assert.Equal(confusion.Index().Sum(row => row.Item[row.Index]) / 21.0, json.GetProperty("accuracy").GetDouble(), 1e-12);
    }

    [Fact]
    public void Class_that_is_never_predicted_has_no_precision_and_no_NaN()
    {
        // Random weights favour few classes, so that some are never predicted.
        string text = Hka.Run("eval", tiny.Adapter, "--data", "faces:?count=7&size=48", "--json").Succeeds().Out;
        Assert.DoesNotContain("NaN", text);
        Assert.Contains("\"precision\": null", text);
    }

    [Fact]
    public void Split_can_be_named_and_people_get_a_table_of_classes()
    {
        Hka.Outcome outcome = Hka.Run("eval", tiny.Adapter, "--data", "faces:?count=7&size=48", "--split", "valid").Succeeds();
        Assert.Contains("split valid", outcome.Error);
        Assert.Contains("class\trecall\tprecision\tF1\tpictures", outcome.Out);
        Assert.Contains("truth \\ predicted\tneutral\thappiness", outcome.Out);
    }

    [Theory]
    [InlineData("eval", "{0}", "--data", "faces:?count=7&size=48")]
    [InlineData("eval", "{0}", "--data", "faces:?count=7&size=48", "--prompts", "names")]
    [InlineData("predict", "{0}", "face.png")]
    [InlineData("predict", "{0}", "face.png", "--prompts", "names")]
    public void Model_that_is_not_there_is_said_not_to_be(params string[] args)
    {
        Hka.Outcome outcome = Hka.Run([.. args.Select(arg => arg.Replace("{0}", tiny.At("nope"), StringComparison.Ordinal))]);
        Assert.Equal(1, outcome.Code);
        Assert.Contains($"'{tiny.At("nope")}' does not exist", outcome.Error);
    }

    [Fact]
    public void Folder_of_models_names_them()
    {
        Hka.Outcome outcome = Hka.Run("predict", tiny.Root, "face.png");
        Assert.Equal(1, outcome.Code);
        Assert.Contains($"'{tiny.Root}' is none, but holds {tiny.Adapter}", outcome.Error);
    }

    [Fact]
    public void Picture_that_cannot_be_read_points_to_the_command_that_names_them_all()
    {
        using var scratch = new Scratch();
        File.Copy(Path.Combine(tiny.Photos, "a.png"), Path.Combine(Directory.CreateDirectory(scratch["data/happy"]).FullName, "a.png"));
        scratch.Write("data/sad/b.png", "<html>not found</html>");
        Hka.Outcome outcome = Hka.Run("eval", tiny.Adapter, "--data", $"folder:{scratch["data"]}");
        Assert.Equal(1, outcome.Code);
        Assert.Contains($"hkafer data verify folder '{scratch["data"]}'", outcome.Error);
        Assert.Contains("--fix", outcome.Error);
    }

    [Fact]
    public void Folder_that_is_no_model_is_named()
    {
        Hka.Outcome outcome = Hka.Run("eval", tiny.Photos, "--data", "faces:?count=7&size=48");
        Assert.Equal(1, outcome.Code);
        Assert.Contains($"'{tiny.Photos}' is none", outcome.Error);
    }

    [Theory]
    [InlineData("validation")]
    [InlineData("val")]
    public void Other_name_of_a_split_is_answered_with_ours(string split)
    {
        Hka.Outcome outcome = Hka.Run("eval", tiny.Adapter, "--data", "faces:?count=7&size=48", "--split", split);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("did you mean 'valid'?", outcome.Error);
    }
}
