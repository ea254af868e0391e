using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class ScheduleTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("optimizer");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rates_match_the_reference(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        double[] expected = [.. dump.Expect.GetProperty("learning_rates").EnumerateArray().Select(x => x.GetDouble())];
        Schedule schedule = FromConfig(dump.Config, out long total);
        double rate = dump.Config.GetProperty("lr").GetDouble();

        for (int i = 0; i < expected.Length; i++)
        {
            Near.Relative([expected[i]], new[] { schedule.RateAt(rate, i, 1, Math.Max(total, i + 1)) }, 1e-9, $"step {i}");
        }
    }

    [Fact]
    public void Exponential_falls_at_the_end_of_an_epoch()
    {
        var schedule = new ExponentialSchedule { Gamma = 0.9 };

        Assert.Equal(1, schedule.RateAt(1, 9, 10, 60), 15);
        Assert.Equal(0.9, schedule.RateAt(1, 10, 10, 60), 15);
        Assert.Equal(Math.Pow(0.9, 59), schedule.RateAt(1, 599, 10, 60), 15);
    }

    [Fact]
    public void Step_falls_every_few_epochs()
    {
        var schedule = new StepSchedule { Every = 2, Gamma = 0.5 };

        Assert.Equal(1, schedule.RateAt(1, 19, 10, 6), 15);
        Assert.Equal(0.5, schedule.RateAt(1, 20, 10, 6), 15);
        Assert.Equal(0.25, schedule.RateAt(1, 59, 10, 6), 15);
    }

    [Fact]
    public void Warmup_rises_linearly_and_ends_at_the_rate()
    {
        var schedule = new ConstantSchedule { WarmupSteps = 4, WarmupStart = 0.2 };

        double[] rates = [.. Enumerable.Range(0, 6).Select(i => schedule.RateAt(10, i, 3, 2))];
        Near.Relative([2, 4, 6, 8, 10, 10], rates, 1e-12, "rates");
    }

    [Fact]
    public void Warmup_in_epochs_is_that_in_steps() =>
        Assert.Equal(
            new CosineSchedule { WarmupSteps = 15 }.RateAt(1, 9, 10, 4),
            new CosineSchedule { WarmupEpochs = 1.5 }.RateAt(1, 9, 10, 4));

    [Fact]
    public void Cosine_spreads_over_what_the_warmup_leaves()
    {
        var schedule = new CosineSchedule { Minimum = 0.5, WarmupSteps = 4 };

        Assert.Equal(1, schedule.RateAt(1, 4, 12, 1), 12);
        Assert.Equal(0.75, schedule.RateAt(1, 8, 12, 1), 12);
        Assert.Equal(0.5, schedule.RateAt(1, 12, 12, 1), 12);
        Assert.Equal(0.5, schedule.RateAt(1, 99, 12, 1), 12);
    }

    [Fact]
    public void Warmup_leaves_the_ends_of_epochs_where_they_are()
    {
        var schedule = new ExponentialSchedule { Gamma = 0.5, WarmupSteps = 5 };

        Assert.Equal(1, schedule.RateAt(1, 9, 10, 2), 15);
        Assert.Equal(0.5, schedule.RateAt(1, 10, 10, 2), 15);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(50)]
    public void Warmup_as_long_as_the_run_stays_finite(int warmup)
    {
        var schedule = new CosineSchedule { WarmupSteps = warmup };

        Assert.All(Enumerable.Range(0, 100), i => Assert.InRange(schedule.RateAt(1, i, 5, 1), 0, 1));
    }

    /// <summary>The schedule of a reference dump, which counts steps: one step is one epoch.</summary>
    internal static Schedule FromConfig(JsonElement config, out long total)
    {
        total = 1;
        JsonElement schedule = config.GetProperty("schedule");
        if (schedule.ValueKind == JsonValueKind.Null)
        {
            return new ConstantSchedule();
        }

        switch (schedule.GetProperty("kind").GetString())
        {
            case "exponential":
                return new ExponentialSchedule { Gamma = schedule.GetProperty("gamma").GetDouble() };
            case "step":
                return new StepSchedule { Every = schedule.GetProperty("every").GetInt32(), Gamma = schedule.GetProperty("gamma").GetDouble() };
            case "cosine":
                total = schedule.GetProperty("total_steps").GetInt64();
                return new CosineSchedule { Minimum = schedule.GetProperty("minimum").GetDouble() };
            default:
                throw new InvalidOperationException($"the fixture has a schedule that this test does not know: {schedule}");
        }
    }
}
