using System.Text.Json;
using HkaFer.Bench;
using HkaFer.Models;

namespace HkaFer.Cli.Tests.Commands;

public sealed class BenchCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData("heka")]
    [InlineData("lora")]
    [InlineData("linear")]
    [InlineData("none")]
    public void Step_is_checked_and_measured(string method)
    {
        JsonElement rows =
            Hka.Run("bench", "step", "--arch", tiny.Backbone, "--method", method, "--size", "32", "--steps", "3", "--json").Succeeds().Json;
        Assert.All(rows.EnumerateArray(), row =>
        {
            Assert.True(row.GetProperty("checked").GetBoolean());
            Assert.True(row.GetProperty("value").GetDouble() >= 0);
            Assert.Equal(JsonValueKind.Null, row.GetProperty("ratio").ValueKind);
        });
        bool trains = rows.EnumerateArray().Any(
            row => row.GetProperty("name").GetString()!.Contains("training step", StringComparison.Ordinal));
        Assert.Equal(method != "none", trains);
    }

    [Fact]
    public void Size_that_is_no_multiple_of_the_patch_fails()
    {
        Hka.Outcome outcome = Hka.Run("bench", "step", "--arch", tiny.Backbone, "--size", "33");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("not a multiple of the patch 8", outcome.Error);
    }

    [Fact]
    public void Published_architecture_agrees_with_the_reference() =>
        Assert.True(StepBench.AgreesWithReference(new StepSettings("dinov2-small", VitConfig.Named("dinov2-small")!, "heka")));
}
