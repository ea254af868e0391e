using System.Text.Json;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

public sealed class InspectCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Picture_shows_its_size()
    {
        JsonElement json = Inspect(Path.Combine(tiny.Photos, "a.png"));
        Assert.Equal("image", json.GetProperty("kind").GetString());
        Assert.Equal("png", json.GetProperty("format").GetString());
        Assert.Equal((48, 48), (json.GetProperty("width").GetInt32(), json.GetProperty("height").GetInt32()));
    }

    [Fact]
    public void Checkpoint_shows_its_config_and_every_tensor()
    {
        JsonElement json = Inspect(tiny.Backbone);
        Assert.Equal("checkpoint", json.GetProperty("kind").GetString());
        Assert.Equal("dinov2", json.GetProperty("model_type").GetString());
        Assert.Equal(32, json.GetProperty("config").GetProperty("hidden_size").GetInt32());
        long counted = json.GetProperty("tensors").EnumerateArray()
            .Sum(t => t.GetProperty("shape").EnumerateArray().Aggregate(1L, (product, size) => product * size.GetInt64()));
        Assert.Equal(counted, json.GetProperty("parameters").GetInt64());
        Assert.Equal(4 * counted, json.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void Adapter_shows_method_and_labels()
    {
        JsonElement json = Inspect(tiny.Adapter);
        Assert.Equal("adapter", json.GetProperty("kind").GetString());
        Assert.Equal("heka", json.GetProperty("method").GetString());
        Assert.Equal("dbir", json.GetProperty("router").GetString());
        Assert.Equal(4, json.GetProperty("adapters").GetInt32());
        Assert.Equal(7, json.GetProperty("labels").GetArrayLength());
    }

    [Fact]
    public void Safetensors_file_shows_tensors_and_metadata()
    {
        JsonElement json = Inspect(Path.Combine(tiny.Backbone, "model.safetensors"));
        Assert.Equal("safetensors", json.GetProperty("kind").GetString());
        Assert.Equal("pt", json.GetProperty("metadata").GetProperty("format").GetString());
        Assert.Contains("layernorm.weight", json.GetProperty("tensors").EnumerateArray().Select(t => t.GetProperty("name").GetString()));
    }

    [Fact]
    public void Onnx_file_shows_what_goes_in_and_out()
    {
        Hka.Run("convert", tiny.Adapter, tiny.At("model.onnx")).Succeeds();
        JsonElement json = Inspect(tiny.At("model.onnx"));
        Assert.Equal("onnx", json.GetProperty("kind").GetString());
        Assert.StartsWith("HkaFer ", json.GetProperty("producer").GetString());
        Assert.Equal(17, json.GetProperty("operator_set").GetInt64());
        Assert.Equal("[\"batch\",3,32,32]", json.GetProperty("inputs")[0].GetProperty("shape").GetRawText().Replace(" ", "").Replace("\n", ""));
        Assert.Equal(["logits", "probabilities"], json.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("name").GetString()));
        Assert.Equal(7, JsonDocument.Parse(json.GetProperty("metadata").GetProperty("labels").GetString()!).RootElement.GetArrayLength());
        JsonElement weight = json.GetProperty("tensors").EnumerateArray().Single(t => t.GetProperty("name").GetString() == "classifier.weight");
        Assert.Equal((7 * 32 * 4, "float32"), (weight.GetProperty("bytes").GetInt32(), weight.GetProperty("dtype").GetString()));
        Assert.True(json.GetProperty("operators").GetProperty("Softmax").GetInt32() > 1);
        Assert.Contains("inputs\tpixel_values float32 [batch, 3, 32, 32]\n", Hka.Run("inspect", tiny.At("model.onnx")).Succeeds().Out);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>not found</html>")]
    public void Onnx_file_that_is_none_is_named(string content)
    {
        File.WriteAllText(tiny.At("none.onnx"), content);
        Hka.Outcome outcome = Hka.Run("inspect", tiny.At("none.onnx"));
        Assert.Equal(1, outcome.Code);
        Assert.Contains(tiny.At("none.onnx"), outcome.Error);
    }

    [Fact]
    public void Plain_lines_name_every_value_by_its_path()
    {
        string text = Hka.Run("inspect", tiny.Backbone).Succeeds().Out;
        Assert.Contains("config.hidden_size\t32\n", text);
        Assert.Contains("layernorm.weight\t1\tfloat32\t[32]\t128\n", text);
        Assert.Contains("encoder.layer.*.norm1.weight\t2\tfloat32\t[32]\t256\n", text);
        Assert.True(text.Split('\n').Length < 60);
    }

    [Fact]
    public void Shards_and_the_index_that_names_them_are_one_checkpoint()
    {
        string folder = Path.Combine(Fixtures.Root, "tests", "fixtures", "dinov2-f16-sharded", "checkpoint");
        JsonElement json = Inspect(folder);
        Assert.Equal(["float16"], json.GetProperty("dtypes").EnumerateArray().Select(d => d.GetString()));
        Assert.Equal(json.ToString(), Inspect(Path.Combine(folder, "model.safetensors.index.json")).ToString());
    }

    [Fact]
    public void Clip_folder_shows_the_sizes_of_both_its_encoders()
    {
        string folder = tiny.At("clip");
        SafeTensorsWriter.Save(Path.Combine(folder, "model.safetensors"), [("logit_scale", Tensor.Full([1], 1))]);
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            """{"model_type": "clip", "vision_config": {"hidden_size": 768}, "text_config": {"hidden_size": 512}}""");
        JsonElement json = Inspect(folder);
        Assert.Equal("clip", json.GetProperty("model_type").GetString());
        Assert.Equal(1, json.GetProperty("parameters").GetInt64());
        Assert.Contains("config.text_config.hidden_size\t512\n", Hka.Run("inspect", folder).Succeeds().Out);
    }

    [Fact]
    public void Run_shows_how_far_it_came_and_its_model()
    {
        string run = tiny.At("inspected run");
        Hka.Run("train", tiny.Recipe, "--out", run, "--set", "training.epochs=1").Succeeds();
        JsonElement json = Inspect(run);
        Assert.Equal("done", json.GetProperty("run").GetProperty("status").GetString());
        Assert.Equal("linear", json.GetProperty("model").GetProperty("method").GetString());
        Assert.True(json.GetProperty("can_resume").GetBoolean());
    }

    [Fact]
    public void Run_with_scores_is_shown_in_lines_that_people_can_read()
    {
        string run = tiny.At("scored run");
        Hka.Run("train", tiny.Recipe, "--out", run, "--set", "training.epochs=1", "--set", "method=heka").Succeeds();
        string text = Hka.Run("inspect", run).Succeeds().Out;
        Assert.Contains("run.last.calibration\t15 entries; --json has them\n", text);
        Assert.Contains("run.last.per_class\t7 entries; --json has them\n", text);
        Assert.Matches(@"\nrun\.last\.confusion\t\[\d+(, \d+)*\](, \[\d+(, \d+)*\]){6}\n", text);
        Assert.Matches(@"\nmodel\.config\.sizes\t\[\d+, \d+\](, \[\d+, \d+\])*\n", text);
    }

    [Fact]
    public void Merged_model_is_the_checkpoint_that_it_is()
    {
        string merged = tiny.At("merged");
        Hka.Run("train", tiny.Recipe, "--out", tiny.At("to merge"), "--set", "training.epochs=1").Succeeds();
        Hka.Run("convert", tiny.At("to merge"), merged, "--format", "merged").Succeeds();
        JsonElement json = Inspect(merged);
        Assert.Equal("checkpoint", json.GetProperty("kind").GetString());
        Assert.Equal(7, json.GetProperty("labels").GetArrayLength());
        Assert.Contains(json.GetProperty("tensors").EnumerateArray(), t => t.GetProperty("name").GetString()!.EndsWith("norm1.weight", StringComparison.Ordinal));
    }

    [Fact]
    public void Backbone_in_the_box_is_found_by_its_name() => Assert.Equal("checkpoint", Inspect("faces-vit").GetProperty("kind").GetString());

    [Theory]
    [InlineData("config.json", "{", "not valid JSON")]
    [InlineData("config.json", "[]", "expected a JSON object")]
    [InlineData("config.json", "{}", "model.safetensors")]
    [InlineData("adapter_config.json", """{"peft_type": "PREFIX"}""", "peft_type is 'PREFIX'")]
    [InlineData("adapter_config.json", """{"peft_type": 7, "labels": 3}""", "peft_type")]
    [InlineData("run.json", "\0\0\0", "not valid JSON")]
    [InlineData("x.safetensors", "\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f{}", "x.safetensors")]
    [InlineData("x.png", "PNG", "x.png")]
    public void Hostile_content_is_an_error_that_names_the_file(string name, string content, string because)
    {
        using var scratch = new Scratch();
        string path = scratch.Write(name, content);
        Fails(name.EndsWith(".json", StringComparison.Ordinal) ? scratch.Folder : path, because);
    }

    [Fact]
    public void Index_that_leads_out_of_the_folder_is_refused()
    {
        using var scratch = new Scratch();
        scratch.Write("config.json", "{}");
        scratch.Write("model.safetensors.index.json", """{"weight_map": {"a": "../../etc/passwd"}}""");
        Fails(scratch.Folder, "expected a file name in the same folder");
    }

    [Fact]
    public void Truncated_file_fails_and_is_named()
    {
        string cut = tiny.At("cut.safetensors");
        File.WriteAllBytes(cut, File.ReadAllBytes(Path.Combine(tiny.Backbone, "model.safetensors"))[..100]);
        Fails(cut, cut);
    }

    [Fact]
    public void What_is_missing_or_nothing_known_fails()
    {
        Fails(tiny.At("nowhere"), "does not exist");
        Fails(tiny.Photos, "no run (run.json), adapter (adapter_config.json) or checkpoint (config.json)");
        Fails(tiny.At("broken.png"), "HTML or XML");
    }

    private static JsonElement Inspect(string path) => Hka.Run("inspect", path, "--json").Succeeds().Json;

    private static void Fails(string path, string because)
    {
        Hka.Outcome outcome = Hka.Run("inspect", path, "--json");
        Assert.Equal(1, outcome.Code);
        Assert.Contains(because, outcome.Error);
        Assert.Empty(outcome.Out);
    }
}
