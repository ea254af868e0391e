using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class TrainingRunTests
{
    public static TheoryData<string> Methods => ["full", "heka"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Resume_after_interruption_gives_the_same_bits(string method)
    {
        using var scratch = new Scratch();
        Recipe recipe = RecipeOf(method, scratch.Folder);
        string whole = scratch["whole"], cut = scratch["cut"];
        TrainingRun.Execute(recipe, whole);

        // 6 steps an epoch, 18 in all: cut in the first epoch, in the second and in the third.
        bool resume = false;
        foreach (int at in (int[])[2, 6, 5])
        {
            using var stop = new CancellationTokenSource();
            int steps = 0;
            RunResult part = TrainingRun.Execute(recipe, cut, resume, null, null, null, () => { if (++steps == at) { stop.Cancel(); } }, stop.Token);
            Assert.True(part.Interrupted);
            resume = true;
        }

        RunResult end = TrainingRun.Execute(recipe, cut, resume: true);

        Assert.False(end.Interrupted);
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "metrics.jsonl")), File.ReadAllText(Path.Combine(cut, "metrics.jsonl")));
        foreach (string file in Directory.EnumerateFiles(Path.Combine(whole, "last"), "*.safetensors", SearchOption.AllDirectories))
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace(whole, cut, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Dropout_of_an_adapter_is_drawn_in_training_and_resumed_exactly()
    {
        using var scratch = new Scratch();
        TrainingRun.Execute(TinyRecipe.Least, scratch["base"]);
        Recipe With(double dropout) => TinyRecipe.Least with
        {
            Backbone = new BackboneSettings { Folder = new RunFolder(scratch["base"]).Backbone("last") },
            Method = new Adapters.LoRA { Rank = 2, Dropout = dropout },
        };
        TrainingRun.Execute(With(0), scratch["without"]);
        TrainingRun.Execute(With(0.5), scratch["with"]);
        Assert.NotEqual(File.ReadAllBytes(scratch["without/metrics.jsonl"]), File.ReadAllBytes(scratch["with/metrics.jsonl"]));

        using var stop = new CancellationTokenSource();
        int steps = 0;
        Assert.True(TrainingRun.Execute(With(0.5), scratch["part"], false, null, null, null, () => { if (++steps == 3) { stop.Cancel(); } }, stop.Token).Interrupted);
        Assert.False(TrainingRun.Execute(With(0.5), scratch["part"], resume: true).Interrupted);
        Assert.Equal(RunContent.Of(scratch["with"]), RunContent.Of(scratch["part"]));
    }

    [Fact]
    public void Run_folder_tells_what_happened()
    {
        using var scratch = new Scratch();
        RunResult run = TrainingRun.Execute(TinyRecipe.Full, scratch.Folder);

        Assert.Equal(3, File.ReadAllLines(scratch["metrics.jsonl"]).Length);
        Assert.DoesNotContain("seconds", File.ReadAllText(scratch["metrics.jsonl"]));
        Assert.Equal(TinyRecipe.Full.ToYaml(), File.ReadAllText(scratch["recipe.yaml"]));
        Assert.Equal("done", new RunFolder(scratch.Folder).ReadSummary().GetProperty("status").GetString());
        ExpressionModel last = ExpressionModel.Load(scratch["last"]);
        ImageDataset valid = DataSource.Parse("faces:?seed=4&count=14&size=32").Open("valid");
        Assert.Equal(run.Last!.Accuracy, Evaluator.Evaluate(last, valid).Accuracy);
    }

    [Fact]
    public void Train_into_an_existing_run_is_refused()
    {
        using var scratch = new Scratch();
        TrainingRun.Execute(TinyRecipe.Full, scratch.Folder);

        Assert.Contains("--resume", Assert.Throws<HkaFerException>(() => TrainingRun.Execute(TinyRecipe.Full, scratch.Folder)).Message);
        Recipe other = TinyRecipe.Full.With("training.seed=2");
        Assert.Contains("seed", Assert.Throws<HkaFerException>(() => TrainingRun.Execute(other, scratch.Folder, resume: true)).Message);
    }

    [Fact]
    public void Same_seed_gives_the_same_bits()
    {
        using var scratch = new Scratch();
        string first = scratch["1"], second = scratch["2"];
        TrainingRun.Execute(TinyRecipe.Full, first);
        TrainingRun.Execute(TinyRecipe.Full, second);

        Assert.Equal(File.ReadAllBytes(Path.Combine(first, "state", "state.safetensors")).Length, File.ReadAllBytes(Path.Combine(second, "state", "state.safetensors")).Length);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(first, "last", "backbone", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(second, "last", "backbone", "model.safetensors")));
    }

    [Fact]
    public void Run_without_progress_stops_early_and_resuming_it_does_nothing()
    {
        using var scratch = new Scratch();
        Recipe recipe = TinyRecipe.Full.With("training.epochs=9", "training.patience=2", "training.eval_every=2", "optimizer.learning_rate=1e-12");
        RunResult run = TrainingRun.Execute(recipe, scratch.Folder);

        // Scored after epochs 2 and 4; nothing moves.
        Assert.Equal((4, 2), (run.Epochs, run.Best!.Epoch));
        Assert.Contains("in the 2 epochs since epoch 2", run.StoppedEarly);
        Assert.Equal(run.StoppedEarly, new RunFolder(scratch.Folder).ReadSummary().GetProperty("stopped_early").GetString());
        string metrics = File.ReadAllText(scratch["metrics.jsonl"]);
        RunResult again = TrainingRun.Execute(recipe, scratch.Folder, resume: true);

        Assert.Equal((4, 4, run.StoppedEarly), (again.Epochs, again.EpochsBefore, again.StoppedEarly));
        Assert.Equal(metrics, File.ReadAllText(scratch["metrics.jsonl"]));
    }

    [Fact]
    public void Test_score_is_that_of_the_model_that_the_run_reports()
    {
        using var scratch = new Scratch();

        // With nothing moving, the first epoch stays the best of three; the weights of the last differ from it.
        Recipe recipe = TinyRecipe.Least.With("training.epochs=3", "training.patience=null", "training.selection=best", "optimizer.learning_rate=1e-6", "data.test=faces:?seed=5&count=70&size=32");
        RunResult best = TrainingRun.Execute(recipe, scratch["best"]), last = TrainingRun.Execute(recipe.With("training.selection=last"), scratch["last"]);

        Assert.Equal((1, 1, 3), (best.Best!.Epoch, best.Test!.Epoch, last.Test!.Epoch));
        ImageDataset test = DataSource.Parse("faces:?seed=5&count=70&size=32").Open("test");
        Assert.Equal(Evaluator.Evaluate(ExpressionModel.Load(scratch["best"]), test).LogLoss, best.Test.Metrics.LogLoss);
        Assert.Equal(Evaluator.Evaluate(ExpressionModel.Load(scratch["last"]), test).LogLoss, last.Test.Metrics.LogLoss);
        Assert.NotEqual(last.Test.Metrics.LogLoss, best.Test.Metrics.LogLoss);
        Assert.Equal(1, new RunFolder(scratch["best"]).ReadSummary().GetProperty("test").GetProperty("epoch").GetInt32());
        Assert.Contains("with the model of epoch 1", File.ReadAllText(new RunFolder(scratch["best"]).Report));
        Assert.Equal(best.Test.Epoch, TrainingRun.Execute(recipe, scratch["best"], resume: true).Test!.Epoch);
    }

    [Theory]
    [InlineData("training.patience=1", "training.patience chooses the epoch by the test split")]
    [InlineData("training.selection=best", "training.selection: best chooses the epoch by the test split")]
    public void Epoch_that_the_test_split_chooses_is_a_caution(string setting, string caution)
    {
        using var scratch = new Scratch();
        Recipe recipe = TinyRecipe.Least.With("training.patience=null", "training.epochs=1", setting);
        ImageDataset test = DataSource.Parse("faces:?seed=5&count=7&size=32").Open("test");
        RunData data = RunData.Open(recipe.Data);

        RunResult run = TrainingRun.Execute(recipe, scratch["run"], false, null, null, new RunData(data.Train, null, test), null, default);
        Assert.StartsWith(caution, run.Caution);
        Assert.Equal(run.Caution, new RunFolder(scratch["run"]).ReadSummary().GetProperty("caution").GetString());
        Assert.Null(TrainingRun.Execute(recipe, scratch["other"], false, null, null, data, null, default).Caution);
    }

    [Fact]
    public void Excluded_pictures_are_not_trained_on()
    {
        using var scratch = new Scratch();
        File.WriteAllText(scratch["exclude.txt"], "faces/source/3/0\nfaces/source/3/41\n");
        Recipe recipe = TinyRecipe.Full.With("training.epochs=1", $"data.exclude={scratch["exclude.txt"]}");

        TrainingRun.Execute(recipe, scratch["run"]);
        Assert.Contains("(40 pictures)", new RunFolder(scratch["run"]).ReadSummary().GetProperty("train").GetString());
        File.AppendAllText(scratch["exclude.txt"], "faces/source/3/42\n");
        var error = Assert.Throws<HkaFerException>(() => TrainingRun.Execute(recipe, scratch["other"]));
        Assert.Contains("line 3: 'faces/source/3/42' is no picture of the data", error.Message);
        Assert.False(Directory.Exists(scratch["other"]));
    }

    [Fact]
    public void Activation_checkpointing_changes_no_bit_of_a_run()
    {
        using var scratch = new Scratch();
        TrainingRun.Execute(TinyRecipe.Full, scratch["plain"]);
        TrainingRun.Execute(TinyRecipe.Full.With("training.activation_checkpointing=true"), scratch["again"]);

        Assert.Equal(File.ReadAllText(scratch["plain/metrics.jsonl"]), File.ReadAllText(scratch["again/metrics.jsonl"]));
        Assert.Equal(
            File.ReadAllBytes(scratch["plain/last/backbone/model.safetensors"]), File.ReadAllBytes(scratch["again/last/backbone/model.safetensors"]));
    }

    [Fact]
    public void Adapter_of_a_bfloat16_backbone_is_used_as_it_was_scored()
    {
        using var scratch = new Scratch();
        Recipe recipe = RecipeOf("heka", scratch.Folder);
        recipe = recipe with { Backbone = recipe.Backbone with { Dtype = BackboneDtype.Bfloat16 } };
        RunResult run = TrainingRun.Execute(recipe, scratch["narrow"]);

        ExpressionModel model = ExpressionModel.Load(scratch["narrow"]);
        ImageDataset valid = DataSource.Parse(recipe.Data.Valid!).Open("valid");
        Assert.Equal(run.Last!.LogLoss, Evaluator.Evaluate(model, valid).LogLoss);
    }

    private static Recipe RecipeOf(string method, string folder)
    {
        if (method == "full")
        {
            return TinyRecipe.Full;
        }

        string backbone = Path.Combine(folder, "backbone-run");
        TrainingRun.Execute(TinyRecipe.Full.With("training.epochs=1"), backbone);
        return TinyRecipe.HeKA(backbone);
    }
}
