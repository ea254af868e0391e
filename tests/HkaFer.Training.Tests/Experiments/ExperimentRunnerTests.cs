using HkaFer.Testing;

namespace HkaFer.Training.Tests.Experiments;

public class ExperimentRunnerTests
{
    [Fact]
    public void Run_that_another_needs_comes_first_and_is_shared()
    {
        using var scratch = new Scratch(inMemory: true);
        var order = new List<string>();
        var first = new FakeRun("first", Note);
        FakeRun a = new("a", Note, first), b = new("b", Note, first);
        ExperimentResult result = ExperimentRunner.Run(Of([a.Score(0, 1)], [b.Score(1, 2, 3)]), scratch["out"]);
        Assert.Equal(["first", "a", "b"], order);
        Assert.Equal([50, 75], result.Table.Values.Select(row => row[0].Ours!.Value));
        Assert.Equal((1L, 2L), result.Table.Comparisons.Select(c => (c.OnlySecondRight, c.OnlyFirstRight)).Single());
        Assert.True(result.Table.IsComplete);

        void Note(FakeRun run, CancellationToken _) => order.Add(run.Name);
    }

    [Fact]
    public void Done_run_is_not_run_and_a_kept_score_is_not_computed_again()
    {
        using var scratch = new Scratch(inMemory: true);
        var run = new FakeRun("run");
        FakeRun.FakeScore score = run.Score(0);
        ExperimentRunner.Run(Of([score]), scratch["out"]);
        ExperimentResult again = ExperimentRunner.Run(Of([score]), scratch["out"]);
        Assert.Equal((1, 1), (run.Executed, score.Computed));
        Assert.Equal(25, again.Table.Values[0][0].Ours);

        // A damaged score is made again; those of a run that was taken away go with it.
        string file = new ExperimentFolder(scratch["out"]).Score(score);
        File.WriteAllText(file, "{\"data\":");
        ExperimentRunner.Run(Of([score]), scratch["out"]);
        Directory.Delete(new ExperimentFolder(scratch["out"]).Run(run), recursive: true);
        ExperimentRunner.Run(Of([score]), scratch["out"]);
        Assert.Equal((2, 3), (run.Executed, score.Computed));
    }

    [Fact]
    public void Failed_run_is_told_with_what_needs_it_and_the_rest_goes_on()
    {
        using var scratch = new Scratch(inMemory: true);
        var bad = new FakeRun("bad", (_, _) => throw new HkaFerException("the disk is full"));
        FakeRun above = new("above", null, bad), good = new("good");
        ExperimentResult result = ExperimentRunner.Run(Of([bad.Score(), good.Score(0)], [above.Score(), good.Score(0)]), scratch["out"]);
        Assert.Equal([("bad", "the disk is full"), ("above", "needs bad, which failed")], result.Failures);
        Assert.Equal((0, 1), (above.Executed, good.Executed));
        Assert.Equal(25, result.Table.Values[0][0].Ours);
        Assert.Equal("seed 1: the run bad failed: the disk is full", result.Table.Values[0][0].Reason);
        Assert.False(result.Interrupted);
        Assert.Contains("seed 1: the run bad failed", File.ReadAllText(scratch["out/try.md"]));
    }

    [Fact]
    public void Page_and_text_say_the_same_below_the_table()
    {
        using var scratch = new Scratch(inMemory: true);
        FakeRun a = new("a"), b = new("b"), bad = new("bad", (_, _) => throw new HkaFerException("a & b"));
        ExperimentRunner.Run(Of([bad.Score()], [a.Score(0, 1)], [b.Score(1)]), scratch["out"]);
        string text = File.ReadAllText(scratch["out/try.md"]), page = File.ReadAllText(scratch["out/try.html"]);
        string[] heads = [.. text.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..])];
        Assert.Equal("Differences between methods, run against run on the same pictures", heads[0]);
        Assert.Contains("Not filled", heads);
        Assert.All(heads, head => Assert.Contains($"<h2>{head}</h2>", page));
        foreach (string item in text.Split('\n').Where(line => line.StartsWith("- ", StringComparison.Ordinal)))
        {
            Assert.Contains($">{item[2..].Replace("&", "&amp;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal)}</li>", page);
        }

        string row = text.Split('\n').First(line => line.Contains(" 1.000 |", StringComparison.Ordinal) || line.Contains(" 0.500 |", StringComparison.Ordinal));
        Assert.Contains($"<tr>{string.Concat(row.Trim('|').Split('|').Select((cell, c) => $"<td{(c < 3 ? "" : " class=\"n\"")}>{cell.Trim()}</td>"))}</tr>", page);
    }

    [Fact]
    public void Experiment_that_was_stopped_before_its_first_run_goes_on_in_its_folder()
    {
        using var scratch = new Scratch(inMemory: true);
        var run = new FakeRun("run");
        Assert.True(ExperimentRunner.Run(Of([run.Score(0)]), scratch["out"], cancel: new CancellationToken(canceled: true)).Interrupted);
        Assert.Equal(25, ExperimentRunner.Run(Of([run.Score(0)]), scratch["out"]).Table.Values[0][0].Ours);
    }

    [Fact]
    public void Stopped_experiment_keeps_what_is_done_and_goes_on()
    {
        using var scratch = new Scratch(inMemory: true);
        using var stop = new CancellationTokenSource();
        FakeRun a = new("a"), b = new("b", (_, _) => stop.Cancel()), c = new("c");
        ExperimentResult cut = ExperimentRunner.Run(Of([a.Score(0)], [b.Score(1)], [c.Score(2)]), scratch["out"], cancel: stop.Token);
        Assert.True(cut.Interrupted);
        Assert.Equal((1, 1, 0), (a.Executed, b.Executed, c.Executed));
        Assert.Equal([25, null, null], cut.Table.Values.Select(row => row[0].Ours));
        Assert.Equal("has not been run yet", cut.Table.Values[2][0].Reason);

        // The delegate cancels a source that nobody listens to any more.
        ExperimentResult whole = ExperimentRunner.Run(Of([a.Score(0)], [b.Score(1)], [c.Score(2)]), scratch["out"]);
        Assert.True(whole.Table.IsComplete);
        Assert.Equal((1, 2, 1), (a.Executed, b.Executed, c.Executed));
    }

    [Fact]
    public void Run_of_another_process_is_come_back_to_when_the_others_are_done()
    {
        using var scratch = new Scratch(inMemory: true);
        FileLock? other = null;
        FakeRun a = new("a"), b = new("b", (_, _) => other!.Dispose());
        var phases = new List<string>();
        other = FileLock.TryTake(scratch["out/runs/a.lock"]);
        Assert.NotNull(other);
        ExperimentResult result = ExperimentRunner.Run(
            Of([a.Score(0)], [b.Score(1)]), scratch["out"], new DirectProgress<ExperimentProgress>(p => phases.Add($"{p.Name} {p.Phase}")));
        Assert.Equal(["a Wait", "b Begin", "b Done", "a Begin", "a Done"], phases);
        Assert.True(result.Table.IsComplete);
    }

    [Fact]
    public void Folder_with_other_things_is_refused()
    {
        using var scratch = new Scratch(inMemory: true);
        scratch.Write("out/thesis.md", "mine");
        Assert.Contains("'thesis.md'", Assert.Throws<HkaFerException>(() => ExperimentRunner.Run(Of([new FakeRun("a").Score()]), scratch["out"])).Message);
    }

    /// <summary>A table with one column: for each row its scores, one a seed. The last row is the reference.</summary>
    private static Experiment Of(params PlannedScore[][] rows) => new()
    {
        Name = "try",
        Title = "A try",
        Source = "No paper",
        Columns = ["faces"],
        Rows = [.. rows.Select((scores, r) => new ExperimentRow { Label = $"row {r}", IsReference = r == rows.Length - 1, Cells = [new ExperimentCell { Paper = 90, Scores = scores }] })],
    };
}
