using System.Text.Json;

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

    [Fact]
    public void Folder_that_is_no_model_is_named()
    {
        Hka.Outcome outcome = Hka.Run("eval", tiny.Photos, "--data", "faces:?count=7&size=48");
        Assert.Equal(1, outcome.Code);
        Assert.Contains($"'{tiny.Photos}' is none", outcome.Error);
    }
}
