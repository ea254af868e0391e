using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class RunCleanerTests
{
    [Fact]
    public void State_of_a_run_that_is_done_goes_and_the_run_stays_usable()
    {
        using var scratch = new Scratch();
        TrainingRun.Execute(TinyRecipe.Full.With("training.epochs=1"), scratch["done"]);
        string state = Path.Combine(scratch["done"], "state");

        RunLeftover found = Assert.Single(RunCleaner.Find(scratch.Folder));
        Assert.Equal(state, found.Path);
        Assert.True(found.Bytes > 10_000);
        Assert.True(File.Exists(found.Files[0]));

        RunCleaner.Clean(scratch.Folder);
        Assert.False(Directory.Exists(state));
        Assert.Empty(RunCleaner.Find(scratch.Folder));
        Assert.NotNull(ExpressionModel.Load(scratch["done"]));
        RunReport.Write(scratch["done"]);

        // To go on with a run that is done and cleaned must not mean to begin it anew.
        string message = Assert.Throws<HkaFerException>(() => TrainingRun.Execute(TinyRecipe.Full.With("training.epochs=1"), scratch["done"], resume: true)).Message;
        Assert.Contains("cleaned away", message);
    }

    [Fact]
    public void What_is_not_a_runs_file_is_never_touched()
    {
        using var scratch = new Scratch();
        Failed(scratch, "failed");
        string note = scratch.Write("failed/notes.txt", "mine"), other = scratch.Write("failed/state/mine.bin", "mine");
        Done(scratch, "done");
        string kept = scratch.Write("done/state/notes.txt", "mine");
        string outside = scratch.Write("elsewhere/state.safetensors", "mine");
        Directory.CreateDirectory(scratch["linked"]);
        scratch.Write("linked/run.json", """{"status": "done"}""");
        Directory.CreateSymbolicLink(scratch["linked/state"], scratch["elsewhere"]);

        RunCleaner.Clean(scratch.Folder, keepBest: true);
        Assert.All([note, other, kept, outside], path => Assert.True(File.Exists(path), path));
        Assert.False(File.Exists(scratch["failed/run.json"]));
        Assert.False(File.Exists(scratch["done/state/state.safetensors"]));
    }

    [Fact]
    public void Run_that_is_in_use_is_left_alone()
    {
        using var scratch = new Scratch();
        Done(scratch, "done");
        string path = scratch.Write("done/lock", "");
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Empty(RunCleaner.Find(scratch.Folder));
            Assert.Empty(RunCleaner.Clean(scratch.Folder));
        }

        Assert.Single(RunCleaner.Find(scratch.Folder));
    }

    [Fact]
    public void Unfinished_and_failed_runs_with_a_checkpoint_keep_it()
    {
        using var scratch = new Scratch();
        foreach (string status in (string[])["running", "interrupted", "failed"])
        {
            scratch.Write($"{status}/run.json", $$"""{"status": "{{status}}"}""");
            scratch.Write($"{status}/lock", "");
            scratch.Write($"{status}/state/state.safetensors", "state");
        }

        Assert.Empty(RunCleaner.Find(scratch.Folder));
    }

    [Fact]
    public void Failed_run_that_saved_only_its_beginning_goes_whole()
    {
        using var scratch = new Scratch();
        foreach (int step in (int[])[0, 1])
        {
            scratch.Write($"{step}/run.json", $$"""{"status": "failed", "epochs_done": 0, "step": {{step}}}""");
            scratch.Write($"{step}/state/state.safetensors", "state");
            scratch.Write($"{step}/last/adapter_config.json", "{}");
        }

        Assert.Equal(scratch["0"], Assert.Single(RunCleaner.Clean(scratch.Folder)).Path);
        Assert.False(Directory.Exists(scratch["0"]));
        Assert.True(File.Exists(scratch["1/state/state.safetensors"]));
    }

    [Fact]
    public void Failed_run_without_a_checkpoint_goes_whole()
    {
        using var scratch = new Scratch();
        Failed(scratch, "failed");
        scratch.Write("failed/metrics.jsonl.123.tmp", "half");
        scratch.Write("failed/zero-shot.json", "{}");

        Assert.Equal(scratch["failed"], Assert.Single(RunCleaner.Clean(scratch.Folder)).Path);
        Assert.False(Directory.Exists(scratch["failed"]));
    }

    [Fact]
    public void Half_written_models_go_only_beside_a_whole_one()
    {
        using var scratch = new Scratch();
        Done(scratch, "done");
        File.Delete(scratch["done/state/state.safetensors"]);
        scratch.Write("done/last.hkafer-new/adapter_model.safetensors", "half");
        scratch.Write("done/best.hkafer-old/adapter_model.safetensors", "the only one");

        Assert.Equal(scratch["done/last.hkafer-new"], Assert.Single(RunCleaner.Clean(scratch.Folder)).Path);
        Assert.True(File.Exists(scratch["done/best.hkafer-old/adapter_model.safetensors"]));
    }

    [Fact]
    public void Last_model_goes_only_where_the_run_reports_its_best()
    {
        using var scratch = new Scratch();
        foreach (string selection in (string[])["best", "last"])
        {
            scratch.Write($"{selection}/run.json", $$"""{"status": "done", "selection": "{{selection}}"}""");
            scratch.Write($"{selection}/best/adapter_config.json", "{}");
            scratch.Write($"{selection}/last/adapter_config.json", "{}");
        }

        Assert.Empty(RunCleaner.Find(scratch.Folder));
        Assert.Equal(scratch["best/last"], Assert.Single(RunCleaner.Clean(scratch.Folder, keepBest: true)).Path);
        Assert.True(File.Exists(scratch["last/last/adapter_config.json"]));
    }

    private static void Done(Scratch scratch, string run)
    {
        scratch.Write($"{run}/run.json", """{"status": "done"}""");
        scratch.Write($"{run}/last/adapter_config.json", "{}");
        scratch.Write($"{run}/state/state.safetensors", "state");
    }

    private static void Failed(Scratch scratch, string run)
    {
        scratch.Write($"{run}/run.json", """{"status": "failed"}""");
        scratch.Write($"{run}/recipe.yaml", "method: heka\n");
        scratch.Write($"{run}/report.html", "<html>");
    }
}
