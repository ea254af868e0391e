using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Whole staged runs of a model with some thousand random weights.</summary>
public sealed class AnswerRunTests : IDisposable
{
    private readonly Scratch _scratch = new(inMemory: true);
    private readonly string _qwen;

    public AnswerRunTests() => _qwen = TinyQwen.Checkpoint(_scratch);

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(AdapterJoin.Merge)]
    [InlineData(AdapterJoin.Stack)]
    public void Second_stage_stands_on_the_first(AdapterJoin join)
    {
        var told = new List<string>();
        AnswerRunResult result = AnswerRun.Execute(Recipe(join), _scratch["run"], stages: new DirectProgress<string>(told.Add));
        Assert.Equal(["basic", "compound"], told);
        Assert.Equal(["done", "done"], result.Stages.Select(stage => stage.Status));
        Assert.Equal(14, (int)result.Stages[0].Last!["count"]!);
        Assert.False(result.Interrupted);

        byte[] first = Weights("run/basic/last"), under = Weights("run/compound/last/base_adapter");
        Assert.Equal(join == AdapterJoin.Merge, first.AsSpan().SequenceEqual(under));
        AnsweringModel model = AnsweringModel.Load(_scratch["run"]);
        Assert.Equal(CompoundExpression.Names, model.Labels);
        Assert.Equal((4, 2), (Rank(model.Earlier[0].Adapter), Rank(model.Adapter!)));
        Assert.True(result.Stages[1].Trainable == model.Adapter!.ParameterCount + (join == AdapterJoin.Stack ? model.Earlier[0].Adapter.ParameterCount : 0));

        // What the run scored is what the loaded model scores.
        ImageDataset data = DataSource.Parse("faces:?count=11&size=16&classes=compound").Open("valid");
        AnswerEvaluation again = AnswerEvaluator.Evaluate(model, data, AnswerDecoding.Score);
        Assert.Equal((double)result.Stages[1].Last!["log_loss"]!, again.Metrics.LogLoss!.Value, 1e-12);

        static int Rank(Adapter adapter) => ((LowRankConfig)adapter.Config).Rank;
    }

    [Theory]
    [InlineData(AdapterJoin.Merge, 3)]
    [InlineData(AdapterJoin.Merge, 9)]
    [InlineData(AdapterJoin.Stack, 10)]
    public void Run_that_was_stopped_goes_on_with_the_same_bits(AdapterJoin join, int steps)
    {
        AnswerRecipe recipe = Recipe(join);
        AnswerRun.Execute(recipe, _scratch["whole"]);
        using var stop = new CancellationTokenSource();
        int done = 0;
        AnswerRunResult part = AnswerRun.Execute(recipe, _scratch["part"], false, null, null, null, () => { if (++done == steps) { stop.Cancel(); } }, stop.Token);
        Assert.True(part.Interrupted);
        Assert.Equal("interrupted", Summary("part").GetProperty("status").GetString());
        Assert.Contains("resume it with --resume", Assert.Throws<HkaFerException>(() => AnswerRun.Execute(recipe, _scratch["part"])).Message);

        AnswerRunResult rest = AnswerRun.Execute(recipe, _scratch["part"], resume: true);
        Assert.False(rest.Interrupted);
        foreach (string file in (string[])["basic/last/adapter_model.safetensors", "compound/last/adapter_model.safetensors", "compound/last/base_adapter/adapter_model.safetensors",
            "basic/metrics.jsonl", "compound/metrics.jsonl", "compound/predictions.jsonl", "recipe.yaml"])
        {
            Assert.Equal(File.ReadAllBytes(_scratch[Path.Combine("whole", file)]), File.ReadAllBytes(_scratch[Path.Combine("part", file)]));
        }
    }

    [Theory]
    [InlineData("qwen/config.json", "rms_norm_eps", "the model's config.json changed since the run began")]
    public void Resume_with_another_model_is_refused(string file, string key, string expected)
    {
        AnswerRecipe recipe = Recipe() with { Basic = null };
        using var stop = new CancellationTokenSource();
        Assert.True(AnswerRun.Execute(recipe, _scratch["run"], false, null, null, null, stop.Cancel, stop.Token).Interrupted);
        JsonObject json = JsonNode.Parse(File.ReadAllText(_scratch[file]))!.AsObject();
        Assert.NotNull(json[key]);
        json[key] = 0.01;
        _scratch.Write(file, json.ToJsonString());
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => AnswerRun.Execute(recipe, _scratch["run"], resume: true)).Message);
    }

    [Theory]
    [InlineData("compound.data.train=faces:?count=3&size=16&classes=compound", "stage compound: faces: the class")]
    [InlineData("compound.data.train=nowhere", "stage compound: ")]
    public void Later_stage_that_does_not_fit_is_refused_before_the_first_is_trained(string set, string expected)
    {
        var told = new List<string>();
        string message = Assert.Throws<HkaFerException>(() => AnswerRun.Execute(Recipe().With(set), _scratch["run"], stages: new DirectProgress<string>(told.Add))).Message;
        Assert.Contains(expected, message);
        Assert.Empty(told);
        Assert.False(Directory.Exists(_scratch["run"]));
    }

    [Fact]
    public void Later_prompt_that_does_not_fit_is_refused_before_the_first_is_trained()
    {
        string lines(IEnumerable<string> labels) => string.Concat(labels.Select(label => $"  {label}: as it looks\n"));
        string file = _scratch.Write("asked.yaml", $"task: Which?\nformat: '{{\"expression\": \"...\"}}'\ndefinitions:\n{lines(Expressions.Names.Take(7))}");
        Assert.Contains("stage compound: " + file + ": definitions lacks 'happily surprised'", Refused(Recipe() with { Prompt = file }));

        // There is room in the context for what the first stage asks.
        file = _scratch.Write("long.yaml", $"task: Which?\nformat: '{{\"expression\": \"...\"}}'\ndefinitions:\n{lines(Expressions.Names.Take(7))}"
            + string.Concat(CompoundExpression.Names.Select(label => $"  {label}: {string.Concat(Enumerable.Repeat("furrowed ", 400))}\n")));
        Assert.Matches("stage compound: the prompt: .* the model's context is", Refused(Recipe() with { Prompt = file }));

        string Refused(AnswerRecipe recipe)
        {
            string message = Assert.Throws<HkaFerException>(() => AnswerRun.Execute(recipe, _scratch["run"])).Message;
            Assert.False(Directory.Exists(_scratch["run"]));
            return message;
        }
    }

    [Fact]
    public void Stage_without_data_is_named()
    {
        AnswerRecipe recipe = Recipe() with { Basic = null, Compound = new CompoundStage() };
        Assert.Contains("stage compound: recipe: data.train of a stage is missing", Assert.Throws<HkaFerException>(() => AnswerRun.Execute(recipe, _scratch["run"])).Message);
        Assert.Contains("data.train of a stage is missing", Assert.Throws<HkaFerException>(() => StagePlan.Of(recipe)).Message);
    }

    [Fact]
    public void Run_that_was_killed_goes_on_to_the_same_files()
    {
        AnswerRecipe recipe = Recipe();
        int changes = Live("whole", int.MaxValue, resume: false);
        Assert.InRange(changes, 100, 1000);
        SortedDictionary<string, string> whole = Content("whole");

        // A step that meets every kind of change sooner or later; each takes most of a run.
        for (int at = 5; at < changes; at += 29)
        {
            string run = $"killed before change {at}";
            Assert.Throws<CrashException>(() => { Live(run, at, resume: false); });
            Live(run, int.MaxValue, resume: true);
            Assert.Equal(whole, Content(run));
            Assert.Empty(Directory.EnumerateFiles(_scratch[run], "*.tmp", SearchOption.AllDirectories));
            Directory.Delete(_scratch[run], recursive: true);
        }

        int Live(string run, int at, bool resume)
        {
            using var crash = new CrashPoint(at);
            AnswerRun.Execute(recipe, _scratch[run], resume);
            return crash.Count;
        }

        SortedDictionary<string, string> Content(string run) => new(
            ((string[])["", "basic", "compound"]).SelectMany(stage => RunContent.Of(_scratch[Path.Combine(run, stage)])
                .Where(file => stage.Length > 0 || !file.Key.Contains(Path.DirectorySeparatorChar)).Select(file => KeyValuePair.Create($"{stage}/{file.Key}", file.Value))).ToDictionary(),
            StringComparer.Ordinal);
    }

    [Fact]
    public void Resume_that_is_refused_leaves_the_run_as_it_was()
    {
        AnswerRecipe recipe = Recipe();
        Interrupt(recipe);
        byte[] before = File.ReadAllBytes(_scratch["run/run.json"]);
        JsonObject json = JsonNode.Parse(File.ReadAllText(_scratch["qwen/config.json"]))!.AsObject();
        json["rms_norm_eps"] = 0.01;
        _scratch.Write("qwen/config.json", json.ToJsonString());
        Assert.Contains("config.json changed since the run began", Assert.Throws<HkaFerException>(() => AnswerRun.Execute(recipe, _scratch["run"], resume: true)).Message);
        Assert.Equal(before, File.ReadAllBytes(_scratch["run/run.json"]));
    }

    [Fact]
    public void Failure_is_told_where_run_json_cannot_be_written_either()
    {
        HkaFerException error = Assert.Throws<HkaFerException>(() => AnswerRun.Execute(Recipe(), _scratch["run"], false, null, null, null, Fail, default));
        Assert.Contains("a picture is gone", error.Message);
        Assert.Contains("go on with --resume", error.Message);

        void Fail()
        {
            // A folder where the file is written first.
            Directory.CreateDirectory(_scratch[$"run/run.json.{Environment.ProcessId}.tmp"]);
            throw new HkaFerException("a picture is gone");
        }
    }

    [Fact]
    public void Run_that_goes_on_keeps_how_it_was_first_called_and_lists_later_parts()
    {
        AnswerRecipe recipe = Recipe();
        Interrupt(recipe);
        JsonObject json = JsonNode.Parse(File.ReadAllText(_scratch["run/run.json"]))!.AsObject();
        json["command"] = new JsonArray("as it was first called");
        _scratch.Write("run/run.json", json.ToJsonString());
        for (int time = 0; time < 2; time++)
        {
            // The second time nothing is left to do.
            AnswerRun.Execute(recipe, _scratch["run"], resume: true);
            Assert.Equal("as it was first called", Assert.Single(Summary("run").GetProperty("command").EnumerateArray()).GetString());
            Assert.Single(Summary("run").GetProperty("parts").EnumerateArray());
        }
    }

    [Fact]
    public void Run_that_is_done_is_left_as_it_is()
    {
        AnswerRecipe recipe = Recipe() with { Basic = null };
        AnswerRun.Execute(recipe, _scratch["run"]);
        Dictionary<string, DateTime> written = Written();
        var told = new List<string>();
        AnswerRunResult again = AnswerRun.Execute(recipe, _scratch["run"], resume: true, stages: new DirectProgress<string>(told.Add));
        Assert.Empty(told);
        Assert.Equal("done", Assert.Single(again.Stages).Status);
        Assert.Equal(written, Written());
        Assert.Empty(AnsweringModel.Load(_scratch["run"]).Earlier);
        Assert.Contains("it says 'rank: 2', now 'rank: 3'", Assert.Throws<HkaFerException>(() => AnswerRun.Execute(recipe.With("compound.rank=3"), _scratch["run"], resume: true)).Message);
        File.Delete(_scratch["run/report.html"]);
        AnswerRun.Execute(recipe, _scratch["run"], resume: true);
        Assert.True(File.Exists(_scratch["run/report.html"]));

        Dictionary<string, DateTime> Written() => Directory.EnumerateFiles(_scratch["run"], "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "lock").ToDictionary(path => path, File.GetLastWriteTimeUtc);
    }

    [Fact]
    public void Answers_are_learnt()
    {
        // Random weights whose words are large enough for a sure answer; the form of the answer is what adapters can teach them.
        QwenVl model = QwenVl.Load(_qwen, out _, DType.Float32);
        model.Text.Embeddings.Value = Ops.Scale(model.Text.Embeddings.Value, 25).Keep();
        model.Save(_qwen);
        AnswerRecipe recipe = Recipe() with { Basic = null };
        recipe = recipe.With("compound.epochs=30", "compound.rank=8", "compound.learning_rate=0.02", "training.dropout=0", "training.accumulate=2", "training.eval_every=30");
        AnswerRun.Execute(recipe, _scratch["run"]);
        double[] losses = [.. File.ReadLines(_scratch["run/compound/metrics.jsonl"]).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("train_loss").GetDouble())];
        Assert.True(losses[^1] < 0.5 * losses[0], $"{losses[0]} to {losses[^1]}");
    }

    [Fact]
    public void Run_and_its_stages_are_reported()
    {
        AnswerRun.Execute(Recipe(), _scratch["run"]);
        JsonElement summary = Summary("run");
        Assert.Equal("done", summary.GetProperty("status").GetString());
        Assert.Equal(["basic", "compound"], summary.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("name").GetString()));
        string page = File.ReadAllText(_scratch["run/report.html"]);
        Assert.Contains("for 2 of 2 stages", page);
        Assert.Contains("in the last stage", page);
        // Every answer was scored, so there is a calibration; while it learns it answers nothing.
        Assert.Contains("Expected calibration error", page);
        Assert.DoesNotContain("Training accuracy is measured", page);
        double Trained(string run) => new RunFolder(run).ReadSummary().At("timing")!.Value.Number("train_seconds")!.Value;
        Assert.Equal(Trained(_scratch["run/basic"]) + Trained(_scratch["run/compound"]), Trained(_scratch["run"]), 6);
        Assert.True(Trained(_scratch["run"]) > 0);
        Assert.Contains("href=\"basic/report.html\"", page);
        Assert.Contains("happily surprised", page);
        Assert.Contains("rank", File.ReadAllText(_scratch["run/basic/report.html"]));

        IReadOnlyList<RunRow> rows = RunRow.All(_scratch.Folder);
        Assert.Equal(["run", "basic", "compound"], rows.Select(row => row.Name));
        Assert.Equal(rows[2].Accuracy, rows[0].Accuracy);
        Assert.All(RunCleaner.Clean(_scratch["run"]), leftover => Assert.Equal("the run is done; nothing is left to resume", leftover.Why));
        Assert.NotEmpty(AnsweringModel.Load(_scratch["run"]).Earlier);
    }

    [Fact]
    public void Weights_of_16_bits_stay_and_the_adapter_of_the_first_stage_beside_them()
    {
        TinyQwen.Checkpoint(_scratch, "narrow", dtype: DType.BFloat16);
        AnswerRun.Execute(Recipe() with { Backbone = _scratch["narrow"] }, _scratch["run"]);
        AnsweringModel model = AnsweringModel.Load(_scratch["run"]);
        Assert.False(model.Earlier[0].Adapter.IsMerged);
        Assert.Equal(DType.BFloat16, model.Model.Text.Blocks[0].Mlp.Gate.Weight.Value.DType);
        Assert.All(model.Adapter!.Parameters(), p => Assert.Equal(DType.Float32, p.Parameter.Value.DType));
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_there_is_a_run()
    {
        Refused("gives 'nothing'", Recipe() with { Prompt = "nothing" }, "no such file");
        Refused("pictures", Recipe() with { Preprocessing = new AnswerPictures { MaxPixels = 200_000 } }, "prompt and largest picture");
        Refused("classes", Recipe().With("compound.data.train=faces:?count=3&size=16&classes=compound"), "has no picture in the split 'train'");
        Refused("balance", Recipe().With("compound.data.train=faces:?count=3&size=16&classes=compound", "compound.data.sampling=balanced"),
            "compound.data.sampling: balanced needs a picture of every class; the training data (faces) has none of '");
        Refused("selection", (Recipe() with { Compound = new CompoundStage { Data = new AnswerData { Train = [Alone()] } } }).With("training.selection=best"),
            "name one under compound.data.valid");
        Refused("kind", Recipe() with { Backbone = "faces-vit" }, "is no vision-language model");

        string Alone()
        {
            HkaFer.Training.Tests.Faces.Draw(0, _scratch["alone/happiness/0.png"]);
            return _scratch["alone"];
        }

        void Refused(string what, AnswerRecipe recipe, string expected)
        {
            // A first stage that fits leaves a run; of one that does not nothing is left.
            HkaFerException error = Assert.Throws<HkaFerException>(() => AnswerRun.Execute(recipe with { Basic = null }, _scratch[what]));
            Assert.Contains(expected, error.Message);
            Assert.False(RunFolder.IsRun(_scratch[what]));
        }
    }

    [Fact]
    public void Plan_counts_without_weights()
    {
        IReadOnlyList<StagePlan> plans = StagePlan.Of(Recipe(AdapterJoin.Stack));
        File.Delete(_scratch["qwen/model.safetensors"]);
        Assert.Equal(plans.Select(plan => plan.ToString()), StagePlan.Of(Recipe(AdapterJoin.Stack)).Select(plan => plan.ToString()));
        Assert.Equal((14, 7, 4, 2), (plans[0].Pictures, plans[0].Classes.Count, plans[0].Steps, plans[0].Epochs));
        Assert.Equal(plans[0].Trainable / 4 * 2, plans[1].Trainable - plans[0].Trainable);
    }

    private void Interrupt(AnswerRecipe recipe)
    {
        using var stop = new CancellationTokenSource();
        Assert.True(AnswerRun.Execute(recipe, _scratch["run"], false, null, null, null, stop.Cancel, stop.Token).Interrupted);
    }

    private AnswerRecipe Recipe(AdapterJoin join = AdapterJoin.Merge) => new()
    {
        Backbone = _qwen,
        Prompt = "minimal",
        Join = join,
        Decode = AnswerDecoding.Score,
        Preprocessing = new AnswerPictures { MaxPixels = 256 },
        Training = new AnswerTraining { Accumulate = 4, Dropout = 0.2 },
        Basic = new BasicStage { Rank = 4, Epochs = 2, LearningRate = 0.01, Data = Faces("count=14&size=16") },
        Compound = new CompoundStage { Rank = 2, Epochs = 1, LearningRate = 0.01, Data = Faces("count=11&size=16&classes=compound") },
    };

    private static AnswerData Faces(string options) => new() { Train = [$"faces:?{options}"], Valid = "valid" };

    private JsonElement Summary(string run) => new RunFolder(_scratch[run]).ReadSummary();

    private byte[] Weights(string folder) => File.ReadAllBytes(_scratch[Path.Combine(folder, "adapter_model.safetensors")]);
}
