using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Models that answer, in other forms.</summary>
public sealed class AnsweringConverterTests : IDisposable
{
    private readonly Scratch _scratch = new(inMemory: true);

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(AdapterJoin.Stack, DType.Float32)]
    [InlineData(AdapterJoin.Merge, DType.BFloat16)]
    public void Adapters_are_written_anew_with_those_below_them(AdapterJoin join, DType dtype)
    {
        AnsweringModel trained = Trained(join, dtype);
        ConversionResult result = ModelConverter.ToAdapter(_scratch["run"], _scratch["adapter"]);
        Assert.Equal((_scratch["adapter"], 0), (result.Written, result.MaxDifference));
        Directory.Delete(_scratch["run"], recursive: true);
        AnsweringModel loaded = AnsweringModel.Load(_scratch["adapter"]);
        Assert.Equal(Scores(trained), Scores(loaded));
        Assert.Equal((trained.Prompt, trained.Preprocessing, join), (loaded.Prompt, loaded.Preprocessing, Assert.Single(loaded.Earlier).Join));
    }

    [Theory]
    [InlineData(AdapterJoin.Merge, DType.Float32, DType.Float32)]
    [InlineData(AdapterJoin.Merge, DType.BFloat16, DType.BFloat16)]
    [InlineData(AdapterJoin.Stack, DType.Float32, DType.BFloat16)]
    public void All_stages_become_part_of_a_checkpoint_that_knows_what_it_was_asked(AdapterJoin join, DType dtype, DType written)
    {
        AnsweringModel trained = Trained(join, dtype);
        float[] bare = Scores(AnsweringModel.Untrained(_scratch["qwen"], trained.Prompt, trained.Preprocessing.MaxPixels));
        ConversionResult result = ModelConverter.ToMerged(_scratch["run"], _scratch["merged"], dtype: written);
        Directory.Delete(_scratch["run"], recursive: true);
        Directory.Delete(_scratch["qwen"], recursive: true);
        Assert.False(File.Exists(_scratch["merged/adapter_config.json"]));
        using (SafeTensorsFile file = SafeTensorsFile.Open(_scratch["merged/model.safetensors"]))
        {
            Assert.All(file.Tensors.Values, tensor => Assert.Equal(written, tensor.DType));
        }

        AnsweringModel loaded = AnsweringModel.Load(_scratch["merged"]);
        Assert.Null(loaded.Adapter);
        Assert.Equal((trained.Prompt, trained.Preprocessing), (loaded.Prompt, loaded.Preprocessing));

        // In float32 but for the order of sums; where either side has 8 bits, what those round. Training moved the scores by far more.
        bool narrow = dtype == DType.BFloat16 || written == DType.BFloat16;
        Assert.InRange(result.MaxDifference!.Value, 0, narrow ? 0.1 : 1e-4);
        double moved = Distance(bare, Scores(trained)), lost = Distance(Scores(trained), Scores(loaded));
        Assert.True(moved > 10 * lost && moved > 1e-3, $"training moved the scores by {moved}, merging by {lost}");

        // It is a checkpoint like any other: a base to train on, and asked anything.
        Assert.True(Backbones.IsQwen(_scratch["merged"]));
        Assert.NotNull(AnsweringModel.Untrained(_scratch["merged"], AnswerPrompt.For(["glad", "sad"], "minimal")).Ask(Face(), AnswerDecoding.Score).Label);
        Assert.Contains("cannot be had apart", Assert.Throws<HkaFerException>(() => ModelConverter.ToAdapter(_scratch["merged"], _scratch["never"])).Message);
        Assert.Contains("no such graph", Assert.Throws<HkaFerException>(() => ModelConverter.ToOnnx(_scratch["merged"], _scratch["never.onnx"])).Message);
    }

    [Fact]
    public void Checkpoint_takes_another_element_type_with_tokenizer_and_preprocessing()
    {
        TinyQwen.Checkpoint(_scratch);
        ConversionResult result = ModelConverter.ToCheckpoint(_scratch["qwen"], _scratch["half"], DType.BFloat16);
        Assert.InRange(result.MaxDifference!.Value, 1e-6, 0.1);
        Assert.False(AnsweringModel.IsModel(_scratch["half"]));
        foreach (string name in (string[])["vocab.json", "merges.txt", "tokenizer_config.json", "preprocessor_config.json"])
        {
            Assert.Equal(File.ReadAllBytes(_scratch[$"qwen/{name}"]), File.ReadAllBytes(_scratch[$"half/{name}"]));
        }

        Assert.Equal(DType.BFloat16, QwenVl.Load(_scratch["half"]).Text.Blocks[0].Mlp.Gate.Weight.Value.DType);
    }

    [Theory]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("{\"labels\": [1], \"prompt\": {}, \"preprocessing\": {}}", "expected an object with the list of class names labels")]
    [InlineData("{\"labels\": [\"a\", \"b\"], \"prompt\": {}, \"preprocessing\": {}}", "prompt cannot be read")]
    [InlineData("{\"labels\": [\"a\"], \"prompt\": {\"task\": \"t\", \"definitions\": [], \"guidelines\": [], \"format\": \"f\"}, \"preprocessing\": {}}", "1 classes; expected 2 to")]
    [InlineData("{\"labels\": [\"a\", \"b\"], \"prompt\": {\"task\": \"t\", \"definitions\": [], \"guidelines\": [], \"format\": \"f\"}, \"preprocessing\": []}", "preprocessing cannot be read")]
    [InlineData("{\"labels\": ", "not valid JSON")]
    public void What_was_asked_must_be_readable(string json, string expected)
    {
        TinyQwen.Checkpoint(_scratch);
        string file = _scratch.Write("qwen/answers.json", json);
        string message = Assert.Throws<HkaFerException>(() => AnsweringModel.Load(_scratch["qwen"])).Message;
        Assert.StartsWith(file, message, StringComparison.Ordinal);
        Assert.Contains(expected, message);
    }

    /// <summary>Two stages, whose rates are high enough to change what is answered.</summary>
    private AnsweringModel Trained(AdapterJoin join, DType dtype)
    {
        var recipe = new AnswerRecipe
        {
            Backbone = TinyQwen.Checkpoint(_scratch, dtype: dtype),
            Prompt = "minimal",
            Join = join,
            Decode = AnswerDecoding.Score,
            Preprocessing = new AnswerPictures { MaxPixels = 256 },
            Training = new AnswerTraining { Accumulate = 1 },
            Basic = new BasicStage { Rank = 2, Epochs = 1, LearningRate = 0.02, Data = new AnswerData { Train = ["faces:?count=7&size=16"] } },
            Compound = new CompoundStage { Rank = 2, Epochs = 1, LearningRate = 0.02, Data = new AnswerData { Train = ["faces:?count=11&size=16&classes=compound"] } },
        };
        AnswerRun.Execute(recipe, _scratch["run"]);
        return AnsweringModel.Load(_scratch["run"]);
    }

    private static float[] Scores(AnsweringModel model) => [.. model.Ask(Face(), AnswerDecoding.Score).Probabilities!];

    private static double Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();

    private static Image Face() => FaceGenerator.Draw(FaceSpec.FromSeed(FaceDomain.Source, Expression.Happiness, 1, 16));
}
