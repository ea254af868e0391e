using System.Text.RegularExpressions;
using HkaFer.Testing;
using Xunit.Sdk;

namespace HkaFer.Data.Tests;

/// <summary>The test library itself: a comparison that cannot fail would hide every other fault.</summary>
public partial class TestingTests
{
    [Theory]
    [InlineData(1.0, 1.1, 0.05, 0.0, false)]
    [InlineData(1.0, 1.1, 0.2, 0.0, true)]
    [InlineData(0.0, 1e-9, 1e-6, 0.0, false)]
    [InlineData(0.0, 1e-9, 1e-6, 1.0, true)]
    [InlineData(1.0, double.NaN, 1e9, 0.0, false)]
    [InlineData(1.0, double.PositiveInfinity, 1e9, 0.0, false)]
    public void Near_follows_the_stated_rule(double expected, double actual, double tolerance, double floor, bool passes)
    {
        var failure = Record.Exception(() => Near.Relative([expected], new[] { actual }, tolerance, "x", floor));
        Assert.Equal(passes, failure is null);
    }

    [Fact]
    public void Near_failure_names_the_worst_index()
    {
        var failure = Assert.ThrowsAny<XunitException>(() => Near.Relative([1f, 2f, 4f], new[] { 1f, 3f, 4f }, 0.01, "thing"));
        Assert.Contains("thing: worst at 1 of 3: expected 2, got 3", failure.Message);
    }

    [Fact]
    public void Near_other_length_fails() =>
        Assert.ThrowsAny<XunitException>(() => Near.Relative([1.0, 2.0], new[] { 1.0 }, 1, "x"));

    [Fact]
    public void Fuzzing_round_that_is_kept_waiting_longer_than_it_may_work_is_no_hang()
    {
        bool waited = false;
        Fuzz.Run(
            1 << 20, [[1]], (seed, _) => [.. seed, 2],
            input =>
            {
                if (input.Length == 2 && !waited)
                {
                    waited = true;
                    Thread.Sleep(1200);
                }
            },
            refused: 0, hang: TimeSpan.FromSeconds(0.2));
        Assert.True(waited);
    }

    [Fact]
    public void Fuzzing_round_that_works_for_ever_is_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a quarter of an hour passes first");
        using var stop = new CancellationTokenSource();
        Action run = () => Fuzz.Run(
            1 << 20, [[1]], (seed, _) => [.. seed, 2],
            input =>
            {
                while (input.Length == 2 && !stop.IsCancellationRequested)
                {
                }
            },
            refused: 0, hang: TimeSpan.FromSeconds(0.2));
        string message = Assert.ThrowsAny<XunitException>(run).Message;
        stop.Cancel();
        Assert.Contains($"round {Fuzz.First} does not end", message);
    }

    [Fact]
    public void Absent_kind_is_one_row_that_skips()
    {
        var row = Assert.Single(Fixtures.Of("no-such-kind"));
        Assert.Equal("", row.Data);
        Assert.Contains("no-such-kind", row.Label);

        // Assert.Throws would let the skip through, and this test would be skipped instead of passed.
        string? reason = null;
        try
        {
            Fixtures.Open(row.Data);
        }
        catch (SkipException skip)
        {
            reason = skip.Message;
        }

        Assert.Contains("no fixture of kind", reason);
    }

    [Fact]
    public void Owner_of_a_kind_follows_the_table()
    {
        Assert.Equal("HkaFer.Tensors", Fixtures.Owner("op-gelu"));
        Assert.Equal("HkaFer.Data", Fixtures.Owner("decode"));
        Assert.Null(Fixtures.Owner("decoder"));
    }

    [Fact]
    public void Only_a_scratch_folder_is_made_in_the_systems_temporary_folder()
    {
        // What is made there by other ways stays: nothing deletes it.
        string tests = Path.Combine(Fixtures.Root, "tests");
        string[] sources = [.. Directory.GetFiles(tests, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))];
        Assert.True(sources.Length > 100);
        Assert.Equal(
            [Path.Combine(tests, "HkaFer.Testing", "Scratch.cs")],
            sources.Where(file => TemporaryPlace().IsMatch(File.ReadAllText(file))));
    }

    [Theory]
    [MemberData(nameof(Every))]
    [Trait("Category", "Fixtures")]
    public void Case_has_kind_and_whole_tensors(string row)
    {
        var dump = Fixtures.Open(row);
        Assert.NotEmpty(dump.Kind);
        foreach (string name in dump.Names)
        {
            var tensor = dump.Tensor(name);
            Assert.Equal(tensor.Shape.Aggregate(1, (x, y) => x * y), tensor.Doubles().Length);
        }
    }

    public static TheoryData<string> Every() => Fixtures.All();

    [GeneratedRegex(@"\bCreateTempSubdirectory\(|\bGetTempPath\(|\bGetTempFileName\(")]
    private static partial Regex TemporaryPlace();
}
