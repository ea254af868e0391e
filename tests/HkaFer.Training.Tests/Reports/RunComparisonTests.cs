using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class RunComparisonTests
{
    [Fact]
    public void Differences_are_the_keys_whose_values_differ()
    {
        using var scratch = new Scratch();
        Write(scratch, "a", TinyRecipe.Full.ToYaml(), 0.5);
        Write(scratch, "b", TinyRecipe.Full.With("training.seed=2", "training.clip=").ToYaml(), 0.75);

        RunComparison compared = RunComparison.Of([scratch["a"], scratch["b"]]);
        Assert.Equal(["training.clip", "training.seed"], compared.Differences.Select(d => d.Key).Order());
        Assert.Equal(["1", "2"], compared.Differences.Single(d => d.Key == "training.seed").Values);
        Assert.Equal([0.5, 0.75], compared.Runs.Select(r => r.Accuracy));
    }

    [Fact]
    public void Runs_of_one_name_are_told_apart_by_their_paths()
    {
        using var scratch = new Scratch();
        Write(scratch, "one/heka", "method: heka\n", 0.5);
        Write(scratch, "two/heka", "method: heka\n", 0.5);

        RunComparison compared = RunComparison.Of([scratch["one/heka"], scratch["two/heka"]]);
        Assert.Equal([scratch["one/heka"], scratch["two/heka"]], compared.Runs.Select(r => r.Name));
        Assert.Empty(compared.Differences);
    }

    [Fact]
    public void List_finds_runs_below_and_not_behind_links()
    {
        using var scratch = new Scratch();
        Write(scratch, "heka-10", "", 0.5);
        Write(scratch, "heka-2", "", 0.25);
        Write(scratch, "quick-1/lora", "", 0.75);
        Directory.CreateSymbolicLink(scratch["quick-1/circle"], scratch.Folder);

        IReadOnlyList<RunRow> runs = RunRow.All(scratch.Folder);
        Assert.Equal([scratch["heka-2"], scratch["heka-10"], scratch["quick-1/lora"]], runs.Select(r => r.Folder));
        Assert.Equal([0.25, 0.5, 0.75], runs.Select(r => r.Accuracy!.Value));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), runs[0].Date);
        Assert.Equal((1, "done", "heka", 903), (runs[0].EpochsDone, runs[0].Status, runs[0].Method, runs[0].Trainable));
    }

    [Fact]
    public void What_is_no_run_and_what_is_damaged_is_named()
    {
        using var scratch = new Scratch();
        Assert.Contains("run.json", Assert.Throws<HkaFerException>(() => RunComparison.Of([scratch.Folder])).Message);
        Write(scratch, "a", "method: heka\n", 0.5);
        scratch.Write("a/metrics.jsonl", "{\"epoch\":1}\n{\"epo");
        string message = Assert.Throws<HkaFerException>(() => RunReport.Write(scratch["a"])).Message;
        Assert.Contains("metrics.jsonl: line 2", message);
    }

    [Fact]
    public void Damaged_run_is_a_row_of_its_own_and_keeps_its_files()
    {
        using var scratch = new Scratch();
        Write(scratch, "a", "", 0.5);
        Write(scratch, "b", "", 0.75);
        scratch.Write("a/run.json", "{\"status\": ");

        IReadOnlyList<RunRow> runs = RunRow.All(scratch.Folder);
        Assert.Equal(["damaged", "done"], runs.Select(r => r.Status));
        Assert.Contains("run.json", runs[0].Problem);
        Assert.Null(runs[1].Problem);
        Assert.DoesNotContain(RunCleaner.Find(scratch.Folder), leftover => leftover.Run == scratch["a"]);
    }

    [Fact]
    public void Text_where_a_number_belongs_leaves_a_report()
    {
        using var scratch = new Scratch();
        Write(scratch, "a", "", 0.5);
        scratch.Write("a/metrics.jsonl", """{"epoch":1,"metrics":{"accuracy":0.5,"per_class":[{"name":"a"},{"name":"b"}],"confusion":[[3,"many"],[{},1e300]]}}""");
        Assert.Contains("<td class=\"h hit\"", File.ReadAllText(RunReport.Write(scratch["a"])));
    }

    [Theory]
    [InlineData(0.5, 0.75, 1)]
    [InlineData(0.5, 0.5, 0)]
    [InlineData(0, 0, 0)]
    public void Best_is_marked_only_where_runs_differ(double first, double second, int marked)
    {
        using var scratch = new Scratch();
        Write(scratch, "a", "", first);
        Write(scratch, "b", "", second);

        string page = File.ReadAllText(RunComparison.Of([scratch["a"], scratch["b"]]).WriteReport(scratch["compare.html"]));
        // Accuracy stands in two columns: of the last epoch, and of the best.
        Assert.Equal(2 * marked, page.Split("<td class=\"n best\">").Length - 1);
    }

    [Fact]
    public void Failed_run_begins_with_its_reason_and_its_command_can_be_pasted()
    {
        using var scratch = new Scratch();
        scratch.Write("a/run.json", """{"status": "failed", "error": "disk full", "command": ["hkafer", "train", "it's mine.yaml", ""]}""");

        string page = File.ReadAllText(RunReport.Write(scratch["a"]));
        Assert.Contains("<p class=\"banner\"><b>Failed.</b> disk full</p>", page);
        Assert.Contains("<dd>hkafer train &#39;it&#39;\\&#39;&#39;s mine.yaml&#39; &#39;&#39;</dd>", page);
    }

    [Fact]
    public void Page_of_another_is_not_replaced()
    {
        using var scratch = new Scratch();
        Write(scratch, "a", "", 0.5);
        RunComparison compared = RunComparison.Of([scratch["a"]]);
        string page = scratch.Write("compare.html", "<html>mine</html>");
        Assert.Contains("was not written by this program", Assert.Throws<HkaFerException>(() => compared.WriteReport(page)).Message);
        Assert.Equal("<html>mine</html>", File.ReadAllText(page));

        compared.WriteReport(scratch["ours.html"]);
        compared.WriteReport(scratch["ours.html"]);
    }

    private static void Write(Scratch scratch, string run, string recipe, double accuracy)
    {
        scratch.Write($"{run}/run.json", """{"status": "done", "method": "heka", "epochs": 1, "trainable": 903}""");
        scratch.Write($"{run}/recipe.yaml", recipe);
        scratch.Write($"{run}/metrics.jsonl", FormattableString.Invariant($"{{\"epoch\":1,\"split\":\"valid\",\"metrics\":{{\"accuracy\":{accuracy}}}}}\n"));
        scratch.Write($"{run}/timing.jsonl", "{\"epoch\":1,\"time\":1700000000,\"seconds\":1.5}\n");
    }
}
