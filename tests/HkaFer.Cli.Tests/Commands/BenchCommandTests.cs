using System.Text.Json;
using HkaFer.Bench;
using HkaFer.Cli.Commands;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Tensors.Kernels;

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
    public void Infer_measures_one_picture_in_milliseconds_and_a_batch_in_pictures_a_second()
    {
        JsonElement rows = Hka.Run("bench", "infer", "--arch", tiny.Backbone, "--method", "lora", "--size", "32", "--batch", "3", "--steps", "1", "--json").Succeeds().Json;
        Assert.Equal(
            [("batch 1: frozen forward", "ms"), ("batch 1: lora adapted forward", "ms"), ("batch 3: frozen forward", "images/s"), ("batch 3: lora adapted forward", "images/s")],
            rows.EnumerateArray().Select(row => (row.GetProperty("name").GetString()!.Split(", ")[^1], row.GetProperty("unit").GetString()!)));
        Assert.All(rows.EnumerateArray(), row => Assert.True(row.GetProperty("checked").GetBoolean() && row.GetProperty("value").GetDouble() > 0));
    }

    [Theory]
    [InlineData(new string[0], new[] { "predicting", "training with activation checkpointing", "training" })]
    [InlineData(new[] { "--checkpointing" }, new[] { "predicting", "training with activation checkpointing" })]
    [InlineData(new[] { "--method", "none" }, new[] { "predicting" })]
    public void Memory_is_told_in_the_order_in_which_it_grows(string[] options, string[] what)
    {
        JsonElement rows = Hka.Run(["bench", "memory", "--arch", tiny.Backbone, "--size", "32", "--json", .. options]).Succeeds().Json;
        Assert.Equal(what, rows.EnumerateArray().Select(row => row.GetProperty("name").GetString()!.Split(", ")[^1]));
        double[] bytes = [.. rows.EnumerateArray().Select(row => row.GetProperty("value").GetDouble())];
        Assert.True(bytes[0] > 0);
        Assert.Equal(bytes.Order(), bytes);
    }

    [Fact]
    public void Size_that_is_no_multiple_of_the_patch_fails()
    {
        Hka.Outcome outcome = Hka.Run("bench", "step", "--arch", tiny.Backbone, "--size", "33");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("not a multiple of the patch 8", outcome.Error);
    }

    [Theory]
    [InlineData(0.79, false)]
    [InlineData(0.80, true)]
    [InlineData(null, null)]
    public void Product_meets_its_bar_by_its_ratio(double? ratio, bool? met) =>
        Assert.Equal(met, new BenchRow("product", 100, "GFLOP/s", 100 / ratio, true) { Bar = Bar.Product }.Met);

    [Theory]
    [InlineData(1_000_000, true)]
    [InlineData(1_000_001, false)]
    public void Allocation_meets_its_bar_by_its_value(double bytes, bool met) =>
        Assert.Equal(met, new BenchRow("step", bytes, "bytes", null, true) { Bar = Bar.Allocation }.Met);

    [Fact]
    public void Bars_of_a_step_belong_to_the_step_that_they_were_agreed_on()
    {
        var agreed = new StepSettings("dinov2-small", VitConfig.Named("dinov2-small")!, "heka");
        Assert.Equal([8, 0.6e9], new[] { Bar.Peer(agreed)!.Limit, Bar.Memory(agreed)!.Limit });
        Assert.Equal(3.5, Bar.Peer(agreed with { Method = "lora" })!.Limit);
        Assert.Null(Bar.Peer(agreed with { Batch = 8 }));
        Assert.Null(Bar.Memory(agreed with { Size = 112 }));
        Assert.False(Bar.ComparesWithLora(agreed with { Name = "mine" }));
    }

    [Fact]
    public void Round_in_the_middle_counts_with_the_most_memory_and_a_failed_one_is_told()
    {
        Side fast = new(30, 4e9, null, null, null), middle = new(20, 3e9, null, null, null), slow = new(10, 2e9, null, null, null), failed = Side.Missing("no room");
        Assert.Equal(middle with { ForwardPeak = 4e9 }, Side.Middle([slow, fast, middle]));
        Assert.Equal(slow, Side.Middle([slow]));
        Assert.Equal(new Side(20, 4e9, 2, 6e9, null), Side.Middle([fast with { Training = 1, TrainingPeak = 6e9 }, middle with { Training = 3 }, slow with { Training = 2 }]));
        Assert.Equal(failed, Side.Middle([fast, failed, middle]));
    }

    [Fact]
    public void What_is_checked_before_it_is_timed_takes_the_kernels_that_are_timed()
    {
        // More tokens than the last block computes, and than attention and LoRA in bfloat16 begin at.
        StepSettings small = StepBench.Small(new StepSettings("dinov2-small", VitConfig.Named("dinov2-small")!, "lora"));
        int tokens = 1 + (small.Size / small.Config.Patch * (small.Size / small.Config.Patch));
        Assert.InRange(tokens, 1 + Math.Max(ImageEncoder.LastTokens, Math.Max(BFloat16Heads.LeastQueries, NarrowLowRank.LeastTokens)), 100);

        // The shortened last block takes the same kernels as all tokens do.
        Assert.InRange(ImageEncoder.LastTokens, Math.Max(Gemm.DotRows + 1, Math.Max(BFloat16Heads.LeastQueries, NarrowLowRank.LeastTokens)), 1000);
    }

    [Fact]
    public void Strict_names_the_missed_bars_and_fails()
    {
        BenchRow good = new("good", 100, "GFLOP/s", 100, true) { Bar = Bar.Product }, bad = new("bad", 79, "GFLOP/s", 100, true) { Bar = Bar.Product };
        using StringWriter result = new(), messages = new();
        var output = new Output(new Streams(result, messages), json: false, quiet: true);
        Assert.Equal(0, BenchCommand.Judge([good, new("none", 1, "ms", null, true)], output));
        Assert.Equal(1, BenchCommand.Judge([good, bad], output));
        Assert.Equal("missed: bad: ratio at least 0.8, got 0.79", messages.ToString().TrimEnd());
    }

    [Fact]
    public void Training_step_has_the_bar_of_its_allocation()
    {
        // Not whether it is met: the count is of the whole process, in which other tests allocate meanwhile.
        JsonElement rows = Hka.Run("bench", "step", "--arch", tiny.Backbone, "--size", "32", "--steps", "1", "--json").Succeeds().Json;
        JsonElement row = Assert.Single(rows.EnumerateArray(), row => row.GetProperty("bar").ValueKind == JsonValueKind.Number);
        Assert.Equal((1e6, "value at most"), (row.GetProperty("bar").GetDouble(), row.GetProperty("bar_is").GetString()));
        Assert.Equal(row.GetProperty("value").GetDouble() <= 1e6, row.GetProperty("met").GetBoolean());
    }

    [Fact]
    public void Published_architecture_agrees_with_the_reference() =>
        Assert.True(StepBench.AgreesWithReference(new StepSettings("dinov2-small", VitConfig.Named("dinov2-small")!, "heka")));

    [Fact]
    public void Architecture_that_the_peers_lack_is_answered_with_those_that_they_run()
    {
        Hka.Outcome outcome = Hka.Run("bench", "compare", "--arch", "dinov2-giant");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("'dinov2-giant' cannot be compared; the peers run dinov2-small, dinov2-base, dinov2-large", outcome.Error);
        Assert.DoesNotContain("did you mean", outcome.Error);
    }
}
