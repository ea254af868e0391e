using System.Text.Json;

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
    public void Plain_lines_name_every_value_by_its_path()
    {
        string text = Hka.Run("inspect", tiny.Backbone).Succeeds().Out;
        Assert.Contains("config.hidden_size\t32\n", text);
        Assert.Contains("layernorm.weight\tfloat32\t[32]\t128\n", text);
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
