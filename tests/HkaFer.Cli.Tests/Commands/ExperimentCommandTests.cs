using System.Diagnostics;
using System.Text.Json;
using HkaFer.Training;

namespace HkaFer.Cli.Tests.Commands;

/// <summary>Every table and figure of the papers, with tiny models on generated faces in the layouts of the true data sets.</summary>
public sealed class ExperimentCommandTests(ExperimentTrees trees) : IClassFixture<ExperimentTrees>
{
    public static TheoryData<string> Names => [.. ExperimentCatalog.All.Select(e => e.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Experiment_runs_to_its_end_and_again_without_a_run_and_gives_the_same_bytes(string name)
    {
        Hka.Outcome first = Hka.Run(trees.Line(name, trees.Shared, "--json")).Succeeds();
        JsonElement json = first.Json;
        JsonElement[] rows = [.. json.GetProperty("rows").EnumerateArray()];
        Assert.All(rows, row => Assert.Equal(JsonValueKind.Null, row.GetProperty("reason").ValueKind));
        Assert.Contains(rows, row => row.GetProperty("ours").ValueKind == JsonValueKind.Number && row.GetProperty("trainable").GetInt64() > 0);
        SortedDictionary<string, string> files = Read(json);
        Assert.All(files.Where(file => Path.GetExtension(file.Key) is ".md" or ".csv"), file => Assert.DoesNotContain("NaN", file.Value));
        Assert.Equal(name.StartsWith("figure", StringComparison.Ordinal), files.Keys.Any(file => file.EndsWith(".svg", StringComparison.Ordinal)));
        Assert.Contains(files.Keys, file => file.EndsWith($"{name}.md", StringComparison.Ordinal));

        Hka.Outcome again = Hka.Run(trees.Line(name, trees.Shared, "--json")).Succeeds();
        Assert.Equal(first.Out, again.Out);
        Assert.Equal(files, Read(again.Json));
        Assert.DoesNotContain("epoch", again.Error);
        Assert.Contains("was done before", again.Error);
    }

    [Fact]
    public async Task Experiment_that_is_killed_goes_on_and_gives_the_same_bytes()
    {
        string whole = trees["whole"], cut = trees["cut"];
        Hka.Run(trees.Line("table4", whole)).Succeeds();
        using Process process = Hka.Start(trees.Line("table4", cut));
        while (await process.StandardError.ReadLineAsync() is { } line && !line.Contains("run 3 of 8", StringComparison.Ordinal))
        {
        }

        process.Kill();
        await process.WaitForExitAsync();
        Assert.Equal(137, process.ExitCode);
        Assert.InRange(Directory.GetDirectories(Path.Combine(cut, "runs")).Count(RunFolder.IsRun), 2, 7);
        Assert.Contains("run 2 of 8", Hka.Run(trees.Line("table4", cut)).Succeeds().Error);
        foreach (string file in Directory.GetFiles(whole))
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(cut, Path.GetFileName(file))));
        }
    }

    [Fact]
    public async Task Stages_that_are_killed_go_on_and_give_the_same_bytes()
    {
        string cut = trees["cut stages"];
        Hka.Run(trees.Line("cer-table", trees.Shared)).Succeeds();
        using Process process = Hka.Start(trees.Line("cer-table", cut));
        while (await process.StandardError.ReadLineAsync() is { } line && !line.Contains("run 4 of 9", StringComparison.Ordinal))
        {
        }

        process.Kill();
        await process.WaitForExitAsync();
        Assert.Equal(137, process.ExitCode);
        string[] messages = Hka.Run(trees.Line("cer-table", cut)).Succeeds().Error.Split('\n');
        Assert.InRange(messages.Count(line => line.Contains("was done before", StringComparison.Ordinal)), 3, 8);
        foreach (string file in Directory.GetFiles(cut))
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(trees.Shared, Path.GetFileName(file))), File.ReadAllBytes(file));
        }
    }

    [Fact]
    public void Recipe_of_the_paper_trains_the_model_of_the_table_to_the_bit()
    {
        string run = trees["cer run"];
        JsonElement[] rows = [.. Hka.Run(trees.Line("cer-table", trees.Shared, "--json")).Succeeds().Json.GetProperty("rows").EnumerateArray()];
        string[] recipe = ["train", "cer-qwen2vl", "--out", run, "--set", $"backbone={trees.Qwen}", "--set", "preprocessing.max_pixels=256", "--set", "basic.epochs=1", "--set", "compound.epochs=1",
            "--set", $"basic.data.train=[\"{trees.Staged[0]}\", \"{trees.Staged[2]}?classes=7\"]", "--set", $"compound.data.train=[\"{trees.Staged[1]}\"]"];
        JsonElement trained = Hka.Run([.. recipe, "--json"]).Succeeds().Json;
        Assert.Equal(["done", "done"], trained.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("status").GetString()));
        string planned = Assert.Single(Directory.GetDirectories(Path.Combine(trees.Shared, "runs"), "cer-compound-merge-r8-detailed-*"));
        foreach (string file in (string[])["adapter_model.safetensors", "base_adapter/adapter_model.safetensors"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(planned, "last", file)), File.ReadAllBytes(Path.Combine(run, "compound", "last", file)));
        }

        JsonElement eval = Hka.Run("eval", run, "--data", trees.Staged[3], "--decode", "score", "--json").Succeeds().Json;
        Assert.Equal(100 * eval.GetProperty("accuracy").GetDouble(), Ours("two stages, merged", "C-EXPR-DB"));
        Assert.Equal(100 * eval.GetProperty("macro_f1").GetDouble(), Ours("two stages, merged", "C-EXPR-DB: macro F1"));

        double Ours(string method, string column) => rows.First(row => row.GetProperty("method").GetString() == method && row.GetProperty("column").GetString() == column).GetProperty("ours").GetDouble();
    }

    [Fact]
    public void Plan_is_printed_and_nothing_is_done()
    {
        string folder = trees["planned"];
        Hka.Outcome outcome = Hka.Run(trees.Line("table5", folder, "--dry-run", "--json")).Succeeds();
        JsonElement[] runs = [.. outcome.Json.GetProperty("runs").EnumerateArray()];
        Assert.Equal(4 * 2, runs.Length);
        Assert.All(runs, run => Assert.Equal("new", run.GetProperty("state").GetString()));
        Assert.All(runs, run => Assert.True(run.GetProperty("trainable").GetInt64() > 0));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void What_is_not_given_is_named_and_its_cells_say_so()
    {
        Hka.Outcome outcome = Hka.Run(
            "experiment", "table4", "--data", trees.RafDb, "--backbone", trees.Vit, "--epochs", "1", "--seeds", "1", "--set", "training.batch=8", "--out", trees.Shared, "--json").Succeeds();
        JsonElement[] rows = [.. outcome.Json.GetProperty("rows").EnumerateArray()];
        Assert.All(rows.Where(row => row.GetProperty("column").GetString() == "ExpW"), row =>
        {
            Assert.Equal("ExpW was not given: --data expw:DIR", row.GetProperty("reason").GetString());
            Assert.Equal(JsonValueKind.Null, row.GetProperty("ours").ValueKind);
        });
        Assert.Contains("ExpW: ExpW was not given: --data expw:DIR", File.ReadAllText(Path.Combine(trees.Shared, "table4.md")));
    }

    [Theory]
    [InlineData(1, "nothing of it can be run: ", "table1", "--data", "faces:?count=14&size=32", "--backbone", "{clip}", "--set", "nonsense=1")]
    [InlineData(1, "the published lists of occluded and turned faces were not given: --lists DIR", "table2", "--data", "{raf}", "--backbone", "{clip}")]
    [InlineData(1, "AffectNet was not given: --data affectnet:DIR", "table3", "--data", "{raf}", "--backbone", "{clip}")]
    [InlineData(1, "rafdb is given twice", "table4", "--data", "{raf}", "--data", "{raf}", "--backbone", "{vit}")]
    [InlineData(1, "both vision transformers", "table4", "--data", "{raf}", "--backbone", "{vit}", "--backbone", "{vit}")]
    [InlineData(1, "what the cells of a table differ in", "table4", "--data", "{raf}", "--backbone", "{vit}", "--set", "method=lora")]
    [InlineData(1, "would choose the epoch by the test split of RAF-DB", "table4", "--data", "{raf}", "--backbone", "{vit}", "--set", "training.selection=best")]
    [InlineData(1, "would choose the epoch by the test split of RAF-DB", "table4", "--data", "{raf}", "--backbone", "{vit}", "--set", "training.patience=2")]
    [InlineData(1, "--rates: 0.1, 0.1: expected learning rates above 0 and at most 1000, each once", "ablation", "--data", "{raf}", "--backbone", "{vit}", "--rates", "0.1", "0.1")]
    [InlineData(1, "the trials of 3 epochs: ", "ablation", "--data", "{raf}", "--backbone", "{vit}", "--set", "schedule.warmup_epochs=5")]
    [InlineData(1, "what the cells of a table differ in", "ablation", "--data", "{raf}", "--backbone", "{vit}", "--set", "data.held_out=0.1")]
    [InlineData(1, "no DINOv2 backbone was given", "ablation", "--data", "{raf}", "--backbone", "{clip}")]
    [InlineData(2, "--rates is for ablation", "table5", "--data", "{raf}", "--backbone", "{vit}", "--rates", "0.1")]
    [InlineData(1, "give the rates to choose from with --rates", "ablation", "--data", "{raf}", "--backbone", "{vit}", "--set", "optimizer.learning_rate=0.1")]
    [InlineData(1, "is no vision-language model", "cer-table", "--data", "{raf}", "--backbone", "{vit}")]
    [InlineData(1, "RAF-DB compound was not given: --data rafdb-compound:DIR", "cer-table", "--data", "{raf}", "--backbone", "{qwen}", "--set", "training.selection=best")]
    [InlineData(1, "--set: training.selection would choose the epoch", "cer-table", "--data", "{raf}", "--backbone", "{qwen}", "--set", "training.selection=best")]
    [InlineData(1, "the rank of the second one and the seed are what the cells of a table differ in", "cer-table", "--data", "{raf}", "--backbone", "{qwen}", "--set", "compound.rank=2")]
    [InlineData(1, "stages, the rank", "cer-table", "--data", "{raf}", "--backbone", "{qwen}", "--set", "basic=null")]
    [InlineData(1, "unknown key 'rnak' in basic", "cer-table", "--data", "{raf}", "--backbone", "{qwen}", "--set", "basic.rnak=2")]
    [InlineData(1, "this table has one", "cer-table", "--data", "{raf}", "--backbone", "{qwen}", "--backbone", "{vit}")]
    [InlineData(2, "did you mean 'table4'?", "tabel4", "--data", "{raf}", "--backbone", "{vit}")]
    [InlineData(2, "--set takes KEY=VALUE", "table4", "--data", "{raf}", "--backbone", "{vit}", "--set", "nothing")]
    [InlineData(2, "--backbone", "table4", "--data", "{raf}")]
    public void What_cannot_be_run_is_named(int code, string fault, params string[] args)
    {
        Hka.Outcome outcome = Hka.Run(["experiment", .. args.Select(arg => arg switch { "{raf}" => trees.RafDb, "{vit}" => trees.Vit, "{clip}" => trees.Clip, "{qwen}" => trees.Qwen, _ => arg }), "--out", trees["none"]]);
        Assert.Equal(code, outcome.Code);
        Assert.Contains(fault, outcome.Error);
        Assert.False(Directory.Exists(trees["none"]));
    }

    private static SortedDictionary<string, string> Read(JsonElement json) =>
        new(json.GetProperty("files").EnumerateArray().ToDictionary(file => file.GetString()!, file => File.ReadAllText(file.GetString()!)), StringComparer.Ordinal);
}
