using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace HkaFer.Cli.Tests.Commands;

public sealed class TrainCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Run_reports_its_folder_metrics_and_speed()
    {
        Hka.Outcome outcome = Hka.Run("train", tiny.Recipe, "--out", tiny.At("run one"), "--set", "method=heka", "--json").Succeeds();
        JsonElement json = outcome.Json;
        Assert.Equal(tiny.At("run one"), json.GetProperty("run").GetString());
        Assert.InRange(json.GetProperty("best").GetProperty("epoch").GetInt32(), 1, 2);
        Assert.InRange(json.GetProperty("best").GetProperty("accuracy").GetDouble(), 0, 1);
        Assert.True(json.GetProperty("trainable").GetInt64() < json.GetProperty("total").GetInt64());
        Assert.All((string[])["seconds", "peak_memory_bytes", "images_per_second"],
            key => Assert.True(json.GetProperty(key).GetDouble() > 0));
        Assert.Matches(@"epoch 2/2  loss [0-9.]+  valid accuracy ", outcome.Error);
        Assert.Contains($"run: {tiny.At("run one")}", outcome.Error);

        // What was trained is a model for the other commands.
        Hka.Run("predict", tiny.At("run one"), Path.Combine(tiny.Photos, "a.png"), "--json").Succeeds();
        Assert.Equal("run", Hka.Run("inspect", tiny.At("run one"), "--json").Succeeds().Json.GetProperty("kind").GetString());
    }

    [Fact]
    public void Explain_prints_every_setting_with_its_origin_and_trains_nothing()
    {
        string[] args = ["train", tiny.Recipe, "--out", tiny.At("explained"), "--set", "training.seed=5", "--explain"];
        string yaml = Hka.Run(args).Succeeds().Out;
        Assert.Equal(5UL, Training.Recipe.Parse(yaml).Training.Seed);
        Assert.Contains("# --set", yaml);
        Assert.Contains($"# {tiny.Recipe}:6", yaml);
        JsonElement json = Hka.Run([.. args, "--json"]).Succeeds().Json;
        Assert.Equal((5, "--set"), (json.GetProperty("training.seed").GetProperty("value").GetInt32(),
            json.GetProperty("training.seed").GetProperty("from").GetString()));
        Assert.Equal("default", json.GetProperty("training.patience").GetProperty("from").GetString());
        Assert.False(Directory.Exists(tiny.At("explained")));
    }

    [Fact]
    public void Explain_says_what_is_missing()
    {
        Hka.Outcome outcome = Hka.Run("train", tiny.Recipe, "--set", "backbone.folder=null", "--set", "data.train=null", "--explain");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("data.train is missing", outcome.Error);
        Assert.Contains("backbone is missing", outcome.Error);
        Assert.Contains("# default", outcome.Out);
    }

    [Fact]
    public void Test_score_is_told_with_its_epoch()
    {
        string[] args = ["train", tiny.Recipe, "--out", tiny.At("tested"), "--set", "training.epochs=1", "--set", "data.test=faces:?seed=5&count=14&size=48"];
        JsonElement test = Hka.Run([.. args, "--json"]).Succeeds().Json.GetProperty("test");
        Assert.Equal((1, 14), (test.GetProperty("epoch").GetInt32(), test.GetProperty("count").GetInt32()));
        Assert.Contains("\ntest\tepoch 1, accuracy ", Hka.Run([.. args, "--resume"]).Succeeds().Out);
    }

    [Fact]
    public void Accuracy_of_an_epoch_that_is_not_scored_is_that_of_training_and_the_end_says_how_to_go_on()
    {
        string run = tiny.At("rarely scored");
        Hka.Outcome outcome = Hka.Run("train", tiny.Recipe, "--out", run, "--set", "training.eval_every=2").Succeeds();
        Assert.Matches(@"epoch 1/2  loss [0-9.]+  train accuracy ", outcome.Error);
        Assert.Matches(@"epoch 2/2  loss [0-9.]+  valid accuracy ", outcome.Error);
        Assert.Contains($"report\t{Path.Combine(run, "report.html")}\n", outcome.Out);
        Assert.Contains($"next: hkafer predict '{run}' YOUR-PICTURES", outcome.Error);
    }

    [Fact]
    public void Size_that_the_backbone_cannot_take_is_found_before_there_is_a_folder()
    {
        Hka.Outcome outcome = Hka.Run("train", tiny.Recipe, "--out", tiny.At("wrong size"), "--set", "preprocessing.size=33");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("preprocessing.size is 33, no multiple of this backbone's patch of 8 pixels; set it to one, as 32", outcome.Error);
        Assert.Contains("--set preprocessing.size=32", outcome.Error);
        Assert.DoesNotContain("run: ", outcome.Error);
        Assert.False(Directory.Exists(tiny.At("wrong size")));
    }

    [Fact]
    public void Run_that_is_resumed_when_done_tells_what_its_files_tell()
    {
        string[] args = ["train", tiny.Recipe, "--out", tiny.At("told twice"), "--set", "training.epochs=1", "--json"];
        JsonElement first = Hka.Run(args).Succeeds().Json, second = Hka.Run([.. args, "--resume"]).Succeeds().Json;
        JsonElement timing = new HkaFer.Training.RunFolder(tiny.At("told twice")).ReadSummary().GetProperty("timing");
        Assert.All((string[])["seconds", "images_per_second", "peak_memory_bytes"], key => Assert.Equal(
            (timing.GetProperty(key).GetDouble(), timing.GetProperty(key).GetDouble()), (first.GetProperty(key).GetDouble(), second.GetProperty(key).GetDouble())));
    }

    [Fact]
    public void Resume_of_a_finished_run_says_that_nothing_is_left()
    {
        string[] args = ["train", tiny.Recipe, "--out", tiny.At("finished"), "--set", "training.epochs=1"];
        Hka.Run(args).Succeeds();
        Assert.Contains("nothing was left to train", Hka.Run([.. args, "--resume"]).Succeeds().Error);
    }

    [Fact]
    public void Report_that_cannot_be_written_is_a_warning_with_the_command_that_makes_it_again()
    {
        // A folder of that name is in the way when the run goes on.
        string folder = tiny.At("no report"), report = Path.Combine(folder, "report.html"), summary = Path.Combine(folder, "run.json");
        string[] args = ["train", tiny.Recipe, "--out", folder, "--set", "training.epochs=1", "--json", "--quiet"];
        Hka.Run(args).Succeeds();
        File.WriteAllText(summary, File.ReadAllText(summary).Replace("\"done\"", "\"running\"", StringComparison.Ordinal));
        File.Delete(report);
        Directory.CreateDirectory(Path.Combine(report, "x"));
        Hka.Outcome outcome = Hka.Run([.. args, "--resume"]).Succeeds();
        Assert.StartsWith("warning: the report is not up to date", outcome.Error);
        Assert.Contains($"hkafer runs report {folder}", outcome.Json.GetProperty("warning").GetString());

        Directory.Delete(report, recursive: true);
        Hka.Run("runs", "report", folder).Succeeds();
        Assert.Contains(">done</span>", File.ReadAllText(report));
    }

    [Fact]
    public void Quiet_says_nothing_on_standard_error() =>
        Assert.Empty(Hka.Run("train", tiny.Recipe, "--out", tiny.At("quiet"), "--set", "training.epochs=1", "--quiet").Succeeds().Error);

    [Fact]
    public void Folder_with_a_run_is_not_overwritten()
    {
        string[] args = ["train", tiny.Recipe, "--out", tiny.At("twice"), "--set", "training.epochs=1"];
        Hka.Run(args).Succeeds();
        Hka.Outcome again = Hka.Run(args);
        Assert.Equal(1, again.Code);
        Assert.Contains("--resume", again.Error);
    }

    [Fact]
    public void Unknown_key_fails_before_any_work()
    {
        Hka.Outcome outcome = Hka.Run("train", tiny.Recipe, "--out", tiny.At("never"), "--set", "training.epoch=1");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("epochs", outcome.Error);
        Assert.False(Directory.Exists(tiny.At("never")));
    }

    // Ctrl-C, and the signal by which clusters end a job.
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Ctrl_C_ends_with_130_and_a_checkpoint_that_predicts_and_resumes(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        Assert.SkipWhen(signal == "INT" && IgnoresInterrupt, "this shell's background jobs ignore SIGINT, and so do their children");
        string folder = tiny.At("interrupted by " + signal);

        // So many epochs that the run never ends by itself, however slowly the signal comes.
        string[] args = ["train", tiny.Recipe, "--out", folder, "--set", "training.epochs=100000", "--json"];
        Hka.Outcome outcome = await Interrupted(signal, args);
        Assert.Equal(130, outcome.Code);
        Assert.True(outcome.Json.GetProperty("interrupted").GetBoolean());
        Assert.Contains("--resume", outcome.Error);
        Hka.Run("predict", folder, Path.Combine(tiny.Photos, "a.png"), "--json").Succeeds();
        int before = File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Count();
        Assert.Equal(130, (await Interrupted(signal, [.. args, "--resume"])).Code);
        Assert.True(File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Count() > before);
    }

    /// <summary>Bit 1 of the mask is signal 2.</summary>
    private static bool IgnoresInterrupt => File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
        && (ulong.Parse(line.Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 2) != 0;

    /// <summary>Runs the program until it tells of an epoch's score, then sends it a signal.</summary>
    private static async Task<Hka.Outcome> Interrupted(string signal, string[] args)
    {
        using Process process = Hka.Start(args);
        while (await process.StandardError.ReadLineAsync() is { } line && !line.StartsWith("epoch ", StringComparison.Ordinal))
        {
        }

        using (Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        return Hka.Finish(process);
    }
}
