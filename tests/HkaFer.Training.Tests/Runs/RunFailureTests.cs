using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>What goes wrong in the middle of a run: the message names it, the last checkpoint is whole, and the run goes on to the same bits.</summary>
public sealed class RunFailureTests
{
    [Fact]
    public void Full_disk_keeps_the_last_checkpoint_and_the_run_goes_on_when_there_is_room()
    {
        using var scratch = new Scratch();
        using var disk = new SmallDisk(2048);
        string folder = Path.Combine(disk.Folder, "run"), filler = "";
        TrainingRun.Execute(TinyRecipe.Least, scratch["whole"]);

        string message = Fails(TinyRecipe.Least, folder, 3, () => filler = disk.Fill());

        Assert.Contains("cannot be written, the disk is full (", message);
        Assert.Contains("what was reached up to epoch 2, step 0 is saved", message);
        Assert.Contains("--resume", message);
        Assert.Equal(7, ExpressionModel.Load(folder).Labels.Count);
        File.Delete(filler);
        GoesOn(TinyRecipe.Least, folder, scratch["whole"]);
    }

    [Fact]
    public void Disk_that_has_room_for_the_models_alone_ends_the_run_with_a_warning_that_names_the_remedy()
    {
        using var scratch = new Scratch();
        using var disk = new SmallDisk(4096);
        string folder = Path.Combine(disk.Folder, "run"), filler = "";
        TrainingRun.Execute(TinyRecipe.Least, scratch["backbone"]);

        // The model of a head alone is a few kilobytes, the page is the largest file of all and the mistakes' pictures are the next: room for these alone.
        Recipe recipe = TinyRecipe.Least.With("method=linear", "data.valid=faces:?seed=4&count=28&size=64") with
        {
            Backbone = new BackboneSettings { Folder = new RunFolder(scratch["backbone"]).Backbone("last") },
        };
        TrainingRun.Execute(recipe, scratch["whole"]);
        long room = (new FileInfo(scratch["whole/mistakes.json"]).Length + new FileInfo(scratch["whole/report.html"]).Length) / 2;
        int steps = 0;

        RunResult run = TrainingRun.Execute(recipe, folder, false, null, null, null, () => filler = ++steps == 4 ? FillBut(disk, room) : filler, default);

        Assert.Contains("report.html: cannot be written, the disk is full (", run.Warning);
        Assert.Contains($"`hkafer runs report {folder}`", run.Warning);
        Assert.Equal(2, run.Epochs);
        Assert.Equal(7, ExpressionModel.Load(folder).Labels.Count);
        Assert.Equal("done", new RunFolder(folder).ReadSummary().GetProperty("status").GetString());
        File.Delete(filler);
        Assert.Equal(RunContent.Of(scratch["whole"]), RunContent.Of(folder));
        Assert.Contains(">done</span>", File.ReadAllText(RunReport.Write(folder)));
    }

    [Fact]
    public void Folder_that_turns_read_only_keeps_the_last_checkpoint()
    {
        using var scratch = new Scratch();
        string folder = scratch["run"];
        SmallDisk? cover = null;
        TrainingRun.Execute(TinyRecipe.Least, scratch["whole"]);
        try
        {
            string message = Fails(TinyRecipe.Least, folder, 3, () =>
            {
                cover = new SmallDisk(64, Path.Combine(folder, "state"));
                cover.MakeReadOnly();
            });
            Assert.Contains("state.safetensors: cannot be written (Read-only file system", message);
            Assert.Contains("what was reached up to epoch 2, step 0 is saved", message);
            Assert.Equal(7, ExpressionModel.Load(folder).Labels.Count);
        }
        finally
        {
            cover?.Dispose();
        }

        GoesOn(TinyRecipe.Least, folder, scratch["whole"]);
    }

    [Fact]
    public void Folder_that_cannot_be_a_runs_is_named_before_training()
    {
        using var scratch = new Scratch();
        string file = scratch.Write("file", "x"), below = Path.Combine(file, "run");
        foreach (string folder in (string[])[file, below])
        {
            // The backbone that is not there would be named if it were looked for first.
            HkaFerException error = Assert.Throws<HkaFerException>(() => TrainingRun.Execute(TinyRecipe.Least with { Backbone = "nowhere" }, folder));
            Assert.Contains($"{folder}: cannot be a run's folder ('{file}' is a file); choose one that can be written with --out", error.Message);
        }
    }

    [Fact]
    public void Read_only_disk_is_named_before_training()
    {
        using var disk = new SmallDisk(64);
        disk.MakeReadOnly();
        string folder = Path.Combine(disk.Folder, "run");
        Assert.Contains($"{folder}: cannot be a run's folder (Read-only file system", Assert.Throws<HkaFerException>(() => TrainingRun.Execute(TinyRecipe.Least, folder)).Message);
    }

    [Fact]
    public void Place_of_the_backbone_that_cannot_be_written_is_named_before_training()
    {
        using var scratch = new Scratch();
        string file = scratch.Write("file", "mine");
        Assert.Contains($"{file} cannot be written ('{file}' is a file)", Refused(file));
        Assert.Contains($"{Path.Combine(file, "deeper")} cannot be written ('{file}' is a file)", Refused(Path.Combine(file, "deeper")));
        Assert.Equal("mine", File.ReadAllText(file));

        using var disk = new SmallDisk(64);
        disk.MakeReadOnly();
        Assert.Contains("cannot be written (Read-only file system", Refused(Path.Combine(disk.Folder, "a", "b")));

        string Refused(string save)
        {
            string message = Assert.Throws<HkaFerException>(() => TrainingRun.Execute(TinyRecipe.Least.With($"backbone.save={save}"), scratch["run"])).Message;
            Assert.False(Directory.Exists(scratch["run"]));
            return message;
        }
    }

    [Fact]
    public void Failure_before_the_first_step_saves_nothing_and_promises_no_resume_with_another_recipe()
    {
        using var scratch = new Scratch();
        Recipe recipe = Faces.Recipe(scratch, 14, "training.batch=2");
        File.WriteAllText(Faces.Files(scratch)[Shuffle.Epoch(14, recipe.Training.Seed, 0)[0]], "<html>not found</html>");

        string message = Assert.Throws<HkaFerException>(() => TrainingRun.Execute(recipe, scratch["run"])).Message;

        Assert.Contains("no checkpoint had been saved yet", message);
        Assert.Contains("where the recipe stays as it is, with --resume", message);
        Assert.Equal(scratch["run"], Assert.Single(RunCleaner.Find(scratch["run"])).Path);
    }

    [Fact]
    public void Picture_that_vanishes_is_named_and_what_was_reached_is_saved()
    {
        using var scratch = new Scratch();

        // The last of 14 batches: the loader has read three ahead when the first step ends.
        Recipe recipe = Faces.Recipe(scratch, 28, "training.batch=2", "training.accumulate=1", "data.sampling=shuffle");
        string folder = scratch["run"], picture = Faces.Files(scratch)[Shuffle.Epoch(28, recipe.Training.Seed, 0)[^1]], away = scratch["away.png"];
        TrainingRun.Execute(recipe, scratch["whole"]);

        string message = Fails(recipe, folder, 1, () => File.Move(picture, away));

        Assert.Contains(picture, message);
        Assert.Contains("what was reached up to epoch 1, step 13 is saved", message);
        Assert.Equal(7, ExpressionModel.Load(folder).Labels.Count);
        Assert.Contains(picture, new RunFolder(folder).ReadSummary().GetProperty("error").GetString());
        File.Move(away, picture);
        GoesOn(recipe, folder, scratch["whole"]);
    }

    [Fact]
    public void Loss_that_is_no_number_names_the_pictures_and_keeps_the_last_good_checkpoint()
    {
        using var scratch = new Scratch();

        // The decay takes fifteen times a weight away at full rate: it grows from step to step, in the second epoch beyond what a float holds.
        Recipe recipe = Faces.Recipe(scratch, 28, "training.batch=2", "training.clip=null", "training.save_every=0") with
        {
            Optimizer = new SgdSettings { LearningRate = 0.015, WeightDecay = 1000, Momentum = 0 },
            Schedule = new ConstantSchedule { WarmupEpochs = 2 },
        };
        string folder = scratch["run"];

        string message = Fails(recipe, folder, int.MaxValue, () => { });

        Assert.Matches("train: the loss is .* at epoch 2, step ", message);
        Assert.Contains("what was reached up to epoch 2, step 0 is saved", message);
        Assert.Contains($"'{scratch["faces"]}", message);
        Assert.Contains("lower the learning rate", message);
        Assert.Equal("failed", new RunFolder(folder).ReadSummary().GetProperty("status").GetString());
        ImageDataset data = DataSource.Parse("faces:?seed=4&count=7&size=32").Open("valid");
        Assert.True(double.IsFinite(Evaluator.Evaluate(ExpressionModel.Load(folder), data).LogLoss!.Value));
    }

    [Fact]
    public void Fault_of_whoever_listens_ends_the_run_as_failed_with_all_that_was_reached_saved()
    {
        using var scratch = new Scratch();
        Recipe recipe = TinyRecipe.Least.With("training.save_every=0");
        string folder = scratch["run"];
        TrainingRun.Execute(recipe, scratch["whole"]);
        int steps = 0;

        Assert.Throws<IOException>(() => TrainingRun.Execute(
            recipe, folder, false, null, null, null, () => _ = ++steps == 3 ? throw new IOException("no space for the log") : 0, default));

        System.Text.Json.JsonElement summary = new RunFolder(folder).ReadSummary();
        Assert.Equal("failed", summary.GetProperty("status").GetString());
        Assert.Contains("no space for the log; what was reached up to epoch 2, step 1 is saved", summary.GetProperty("error").GetString());
        GoesOn(recipe, folder, scratch["whole"]);
    }

    /// <summary>Leaves so many bytes, in whole pages.</summary>
    private static string FillBut(SmallDisk disk, long bytes)
    {
        string filler = disk.Fill();
        using var file = new FileStream(filler, FileMode.Open, FileAccess.Write);
        file.SetLength(file.Length - bytes);
        return filler;
    }

    private static string Fails(Recipe recipe, string folder, int afterStep, Action then)
    {
        int steps = 0;
        return Assert.Throws<HkaFerException>(() => TrainingRun.Execute(recipe, folder, false, null, null, null, () =>
        {
            if (++steps == afterStep)
            {
                then();
            }
        }, default)).Message;
    }

    private static void GoesOn(Recipe recipe, string folder, string whole)
    {
        TrainingRun.Execute(recipe, folder, resume: true);
        Assert.Equal(RunContent.Of(whole), RunContent.Of(folder));
    }
}
