using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class AnsweringModelTests
{
    private static readonly string[] s_labels = ["a", "ab", "b1"];

    [Theory]
    [InlineData(PeftNames.Version4)]
    [InlineData(PeftNames.Version5)]
    public void Model_is_loaded_as_it_was_saved(PeftNames names)
    {
        using var scratch = new Scratch();
        AnsweringModel model = Trained(TinyQwen.Checkpoint(scratch));
        model.Save(scratch["adapter"], names);
        Assert.True(AnsweringModel.IsModel(scratch["adapter"]));
        Assert.True(ExpressionModel.IsModel(scratch["adapter"]));
        AnsweringModel loaded = AnsweringModel.Load(scratch["adapter"]);
        Assert.Equal(model.Prompt, loaded.Prompt);
        Assert.Equal(model.Preprocessing, loaded.Preprocessing);
        Assert.Equal(s_labels, loaded.Labels);
        Assert.Equal(Scores(model), Scores(loaded));
        Assert.Equal(model.Ask(Face()).Text, loaded.Ask(Face()).Text);
    }

    [Theory]
    [InlineData(AdapterJoin.Merge, DType.Float32)]
    [InlineData(AdapterJoin.Stack, DType.Float32)]
    [InlineData(AdapterJoin.Merge, DType.BFloat16)]
    public void Adapter_of_the_stage_before_goes_with_the_one_after_it(AdapterJoin join, DType dtype)
    {
        using var scratch = new Scratch();
        AnsweringModel first = Trained(TinyQwen.Checkpoint(scratch, dtype: dtype));
        first.Save(scratch["first"]);
        AnsweringModel second = Trained(scratch["qwen"], scratch["first"], join);
        second.Save(scratch["second"]);
        AnsweringModel loaded = AnsweringModel.Load(scratch["second"]);
        Assert.Equal(Scores(second), Scores(loaded));
        Assert.NotEqual(Scores(first), Scores(second));
        Assert.Equal(join, Assert.Single(loaded.Earlier).Join);
        Assert.Equal(join == AdapterJoin.Merge && dtype == DType.Float32, loaded.Earlier[0].Adapter.IsMerged);

        // The library, which knows nothing of the stage before, still finds two plain adapters of the untouched base.
        Assert.Equal(Hash("first"), Hash("second"));
        Assert.Equal(Hash("first"), Hash(Path.Combine("second", "base_adapter")));
        Directory.Delete(scratch[Path.Combine("second", "base_adapter")], recursive: true);
        Assert.Contains("copy the folder whole", Assert.Throws<HkaFerException>(() => AnsweringModel.Load(scratch["second"])).Message);

        string? Hash(string folder) => AdapterFile.Open(scratch[folder]).Json.GetProperty("base_model_hash").GetString();
    }

    [Fact]
    public void Scores_are_mean_log_likelihoods_of_what_tells_the_answers_apart()
    {
        using var scratch = new Scratch();
        AnsweringModel model = Trained(TinyQwen.Checkpoint(scratch));
        Answer answer = model.Ask(Face(), AnswerDecoding.Score);
        Assert.Equal(1, answer.Probabilities!.Sum(), 1e-5);
        Assert.Equal((AnswerForm.Scored, AnswerParser.Write(answer.Label!)), (answer.Form, answer.Text));

        // Without a cache, every answer read anew; the tokens before the name are the same for all.
        QwenImage patches = model.Patches(Face());
        int common = model.Tokenizer.Encode("{\"expression\": \"").Length;
        using IDisposable paused = Tape.NoGrad();
        double[] means = [.. s_labels.Select(label =>
        {
            int[] tokens = [.. model.Tokenizer.Encode(AnswerParser.Write(label)), model.Tokenizer.MessageEnd];
            return -(double)model.Model.Loss([.. model.Tokens(patches), .. tokens[..common]], tokens[common..], [patches]).Item();
        })];
        double sum = means.Sum(Math.Exp);
        Near.Relative([.. means.Select(mean => Math.Exp(mean) / sum)], [.. answer.Probabilities!.Select(p => (double)p)], 1e-5, "scores");
    }

    [Fact]
    public void Prompt_over_the_context_is_refused_with_its_length()
    {
        using var scratch = new Scratch();
        AnswerPrompt prompt = AnswerPrompt.For(s_labels, "minimal");
        var small = new Image(8, 8, new byte[192]);
        AnsweringModel model = AnsweringModel.Untrained(TinyQwen.Checkpoint(scratch), prompt);
        int needed = model.Tokens(model.Patches(small)).Length + Enumerable.Range(0, 3).Max(i => model.AnswerTokens(i).Length) - 1 + 16;
        Refused($"the model's context is {needed - 4}", () => AnsweringModel.Untrained(TinyQwen.Checkpoint(scratch, "short", context: needed - 4), prompt));

        model = AnsweringModel.Untrained(TinyQwen.Checkpoint(scratch, "enough", context: needed), prompt);
        model.Ask(small);
        string message = Assert.Throws<HkaFerException>(() => model.Ask(new Image(64, 64, new byte[64 * 64 * 3]))).Message;
        Assert.Contains("16 of the picture", message);
        Assert.Contains("preprocessing.max_pixels", message);
    }

    [Fact]
    public void Picture_of_extreme_shape_is_refused()
    {
        using var scratch = new Scratch();
        AnsweringModel model = Trained(TinyQwen.Checkpoint(scratch));
        Assert.Contains("1 x 500 is more than 200 times as long", Assert.Throws<HkaFerException>(() => model.Ask(new Image(1, 500, new byte[1500]))).Message);
    }

    [Fact]
    public void Parts_of_another_model_are_refused()
    {
        using var scratch = new Scratch();
        string folder = TinyQwen.Checkpoint(scratch);
        AnswerPrompt prompt = AnswerPrompt.For(s_labels, "minimal");
        scratch.Write("qwen/preprocessor_config.json", """{"patch_size": 14, "merge_size": 2, "temporal_patch_size": 2}""");
        Refused("this model's are 2, 2 x 2 and 2", () => AnsweringModel.Untrained(folder, prompt));
        scratch.Write("qwen/preprocessor_config.json", """{"patch_size": 2, "merge_size": 2, "temporal_patch_size": 2}""");

        JsonObject config = JsonNode.Parse(File.ReadAllText(scratch["qwen/config.json"]))!.AsObject();
        config["image_token_id"] = 3;
        scratch.Write("qwen/config.json", config.ToJsonString());
        Refused($"<|image_pad|> is token {TinyQwen.ImageToken}, the model's config.json has image_token_id 3", () => AnsweringModel.Untrained(folder, prompt));
    }

    [Fact]
    public void Missing_tokenizer_and_truncated_weights_are_named()
    {
        using var scratch = new Scratch();
        string folder = TinyQwen.Checkpoint(scratch);
        AnswerPrompt prompt = AnswerPrompt.For(s_labels, "minimal");
        File.Move(scratch["qwen/merges.txt"], scratch["merges.txt"]);
        Refused("merges.txt", () => AnsweringModel.Untrained(folder, prompt));
        File.Move(scratch["merges.txt"], scratch["qwen/merges.txt"]);
        File.Delete(scratch["qwen/tokenizer_config.json"]);
        Refused("tokenizer", () => AnsweringModel.Untrained(folder, prompt));
        TinyQwen.Tokenizer(scratch, "qwen");
        string weights = scratch["qwen/model.safetensors"];
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^100]);
        Refused("model.safetensors", () => AnsweringModel.Untrained(folder, prompt));
    }

    [Fact]
    public void Adapter_of_another_model_is_refused()
    {
        using var scratch = new Scratch();
        Trained(TinyQwen.Checkpoint(scratch)).Save(scratch["adapter"]);
        TinyQwen.Checkpoint(scratch, "other", seed: 2);
        Refused("was trained on another backbone", () => AnsweringModel.Load(scratch["adapter"], scratch["other"]));
        TinyQwen.Checkpoint(scratch, "windowed", windowed: true);
        Refused("was trained on another backbone", () => AnsweringModel.Load(scratch["adapter"], scratch["windowed"]));
    }

    [Theory]
    [InlineData("labels", "[\"a\"]", "1 classes; expected 2")]
    [InlineData("prompt", "{}", "prompt cannot be read")]
    [InlineData("prompt", null, "has no prompt")]
    [InlineData("preprocessing", "{\"patch\": 0}", "patch must be 1 to 256")]
    [InlineData("preprocessing", "[]", "adapter_config.json: preprocessing cannot be read")]
    [InlineData("base_adapter", "\"twice\"", "base_adapter is 'twice'; expected merge or stack")]
    [InlineData("base_adapter", "\"merge\"", "the adapter stands on that of the stage before")]
    public void Changed_config_is_refused(string key, string? value, string expected)
    {
        using var scratch = new Scratch();
        Trained(TinyQwen.Checkpoint(scratch)).Save(scratch["adapter"]);
        string file = scratch["adapter/adapter_config.json"];
        JsonObject json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        json.Remove(key);
        if (value is not null)
        {
            json[key] = JsonNode.Parse(value);
        }

        File.WriteAllText(file, json.ToJsonString());
        Refused(expected, () => AnsweringModel.Load(scratch["adapter"]));
    }

    [Fact]
    public void Answers_of_a_split_are_counted_with_those_that_name_no_class()
    {
        using var scratch = new Scratch();
        AnsweringModel model = AnsweringModel.Untrained(TinyQwen.Checkpoint(scratch), AnswerPrompt.For([.. Expressions.Names.Take(7)], "minimal"));
        ImageDataset data = DataSource.Parse("faces:?count=7&size=16").Open("test");
        AnswerEvaluation written = AnswerEvaluator.Evaluate(model, data);

        // Random weights write nothing that could be read.
        Assert.Equal((7, 0, 7), (written.UnparsedCount, written.Outside, written.Examples.Count));
        Assert.Equal((0, 0.0, null), (written.Metrics.Accuracy, written.Metrics.MacroF1, written.Metrics.Ece));
        Assert.Equal(AnswerEvaluation.Unparsed, written.Metrics.PerClass[^1].Name);
        Assert.All(Enumerable.Range(0, 7), i => Assert.Equal(1, written.Metrics.Confusion[i, 7]));

        AnswerEvaluation scored = AnswerEvaluator.Evaluate(model, data, AnswerDecoding.Score);
        Assert.Equal((0, 7), (scored.UnparsedCount, scored.Metrics.PerClass.Count));
        Assert.NotNull(scored.Metrics.Ece);
        Assert.Equal(7, scored.Metrics.Confusion.Cast<long>().Sum());
    }

    [Fact]
    public void Class_of_the_model_that_the_data_has_not_counts_as_wrong_and_is_listed()
    {
        using var scratch = new Scratch();
        var pictures = new Two();
        AnsweringModel model = AnsweringModel.Untrained(TinyQwen.Checkpoint(scratch), AnswerPrompt.For(["ab", "q", "b1"], "minimal"));
        string best = model.Ask(pictures.Load(0), AnswerDecoding.Score).Label!;
        Assert.SkipUnless(best is "ab" or "b1" or "q", "one of the three");

        // Named so that the likeliest answer is no class of the data.
        string[] others = [.. model.Labels.Where(label => label != best)];
        AnswerEvaluation scored = AnswerEvaluator.Evaluate(model, new Two(others), AnswerDecoding.Score);
        Assert.Equal(2, scored.Outside);
        Assert.Equal(0, scored.Metrics.Accuracy);
        Assert.Contains($"'{best}' is no class of two", scored.Examples[0].Problem);
    }

    private static void Refused(string expected, Func<object> make) => Assert.Contains(expected, Assert.Throws<HkaFerException>(make).Message);

    private static Image Face() => FaceGenerator.Draw(FaceSpec.FromSeed(FaceDomain.Source, Expression.Happiness, 3, 16));

    private static IReadOnlyList<float> Scores(AnsweringModel model) => model.Ask(Face(), AnswerDecoding.Score).Probabilities!;

    /// <summary>A model whose adapter has values as if it were trained; on that of an earlier stage, where one is given.</summary>
    private static AnsweringModel Trained(string folder, string? before = null, AdapterJoin join = AdapterJoin.Merge)
    {
        QwenVl model = QwenVl.Load(folder);
        ModelHash.Keep(model);
        List<StageAdapter> earlier = [];
        if (before is not null)
        {
            Adapter first = AdapterFile.Open(before).AttachTo(model, "stage-1");
            AnsweringFiles.Settle(model, first, join);
            earlier.Add(new StageAdapter(first, join));
        }

        Adapter adapter = Adapter.Attach(model, new LoRA { Rank = 2 }, "stage-2");
        adapter.Initialize(5);
        var rng = new Rng(before is null ? 3ul : 4);
        foreach (LowRankLayer layer in adapter.Layers.Cast<LowRankLayer>())
        {
            layer.B.Value = Tensor.From<float>([.. Enumerable.Range(0, (int)layer.B.Shape.Count).Select(_ => (float)rng.Uniform(-0.3, 0.3))], layer.B.Shape);
        }

        return new AnsweringModel(
            model, QwenTokenizer.Load(folder), PatchPreprocessing.Read(Path.Combine(folder, "preprocessor_config.json")), AnswerPrompt.For(s_labels, "minimal"), folder, adapter,
            earlier);
    }

    /// <summary>Two pictures.</summary>
    private sealed class Two(params string[] classes) : ImageDataset("two", "test", classes)
    {
        public override int Count => 2;

        public override Sample this[int index] => new($"{index}.png", index % Math.Max(1, Classes.Count));

        public override Image Load(int index) => Face();

        public override byte[] Source(int index) => [(byte)index];
    }
}
