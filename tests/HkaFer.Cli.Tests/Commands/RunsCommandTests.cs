using System.Text.Json;
using System.Text.RegularExpressions;

namespace HkaFer.Cli.Tests.Commands;

/// <summary>Two real runs of a moment, listed, compared and cleaned.</summary>
public sealed class RunsCommandTests : IDisposable
{
    private readonly TinyModel _tiny = new();

    public RunsCommandTests()
    {
        Hka.Run("train", _tiny.Recipe, "--out", Run("a"), "--set", "training.epochs=1", "--quiet").Succeeds();
        Hka.Run("train", _tiny.Recipe, "--out", Run("b"), "--set", "training.epochs=1", "--set", "method=heka", "--quiet").Succeeds();
    }

    [Fact]
    public void Runs_are_listed_compared_reported_and_cleaned()
    {
        JsonElement[] rows = [.. Hka.Run("runs", "list", _tiny.At("runs"), "--json").Succeeds().Json.EnumerateArray()];
        Assert.Equal([Run("a"), Run("b")], rows.Select(r => r.GetProperty("run").GetString()));
        Assert.Equal(["linear", "heka"], rows.Select(r => r.GetProperty("method").GetString()));
        Assert.All(rows, r => Assert.Equal("done", r.GetProperty("status").GetString()));
        Assert.All(rows, r => Assert.InRange(r.GetProperty("accuracy").GetDouble(), 0, 1));
        Assert.Matches($"{Regex.Escape(Run("a"))}\t[0-9.]+ %\t[0-9.]+ %\tdone\tlinear", Hka.Run("runs", "list", _tiny.At("runs")).Succeeds().Out);

        string page = _tiny.At("compared.html");
        rows = [.. Hka.Run("runs", "compare", Run("a"), Run("b"), "--out", page, "--json").Succeeds().Json.EnumerateArray()];
        Assert.Equal(["linear", "heka"], rows.Select(r => r.GetProperty("differs").GetProperty("method.kind").GetString()));
        Assert.Equal(page, rows[0].GetProperty("report").GetString());
        Assert.Contains("2 runs compared", File.ReadAllText(page));
        Assert.Contains("method.kind\tlinear\theka", Hka.Run("runs", "compare", Run("a"), Run("b"), "--out", page).Succeeds().Out);

        string report = Path.Combine(Run("b"), "report.html"), before = File.ReadAllText(report);
        File.Delete(report);
        Assert.Equal(report, Hka.Run("runs", "report", Run("b"), "--json").Succeeds().Json.GetProperty("report").GetString());
        Assert.Equal(before, File.ReadAllText(report));

        string state = Path.Combine(Run("a"), "state");
        JsonElement could = Hka.Run("runs", "clean", _tiny.At("runs"), "--json").Succeeds().Json;
        Assert.False(could.GetProperty("deleted").GetBoolean());
        Assert.Equal(2, could.GetProperty("leftovers").GetArrayLength());
        Assert.True(Directory.Exists(state));
        JsonElement did = Hka.Run("runs", "clean", _tiny.At("runs"), "--yes", "--json").Succeeds().Json;
        Assert.Equal(could.GetProperty("bytes").GetInt64(), did.GetProperty("bytes").GetInt64());
        Assert.False(Directory.Exists(state));
        Assert.Contains("nothing to clean", Hka.Run("runs", "clean", _tiny.At("runs")).Succeeds().Error);
    }

    [Fact]
    public void Damaged_run_hides_no_other()
    {
        File.WriteAllText(Path.Combine(Run("a"), "run.json"), "{");
        Hka.Outcome list = Hka.Run("runs", "list", _tiny.At("runs")).Succeeds();
        Assert.Contains($"{Run("a")}\t-\t-\tdamaged\t", list.Out);
        Assert.Matches($"{Regex.Escape(Run("b"))}\t[0-9.]+ %\t[0-9.]+ %\tdone\theka", list.Out);
        Assert.Contains("run.json: not valid JSON", list.Error);
        Assert.Equal(["damaged", "done"], Hka.Run("runs", "list", _tiny.At("runs"), "--json").Succeeds().Json.EnumerateArray().Select(r => r.GetProperty("status").GetString()));
        Hka.Run("runs", "clean", _tiny.At("runs")).Succeeds();
    }

    [Fact]
    public void What_is_no_run_fails_and_is_named()
    {
        Hka.Outcome outcome = Hka.Run("runs", "compare", Run("a"), _tiny.Photos, "--json");
        Assert.Equal(1, outcome.Code);
        Assert.Contains($"{_tiny.Photos}: is no run", outcome.Error);
        Assert.Contains("is no folder", Hka.Run("runs", "list", _tiny.At("nowhere")).Error);
        Assert.Equal(2, Hka.Run("runs", "compare", Run("a")).Code);
    }

    public void Dispose() => _tiny.Dispose();

    private string Run(string name) => Path.Combine(_tiny.At("runs"), name);
}
