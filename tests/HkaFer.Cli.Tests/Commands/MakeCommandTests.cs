using System.Text.Json;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

public sealed class MakeCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Backbone_of_a_config_loads_and_equal_seeds_give_equal_bytes()
    {
        JsonElement json = Make(Path.Combine(tiny.Backbone, "config.json"), "one", "--seed", "3").Succeeds().Json;
        Assert.Equal(tiny.At("one"), json.GetProperty("written").GetString());
        Assert.Equal(VisionTransformer.Load(tiny.At("one")).ParameterCount, json.GetProperty("parameters").GetInt64());
        Make(tiny.Backbone, "same", "--seed", "3").Succeeds();
        Make(tiny.Backbone, "other", "--seed", "4").Succeeds();
        Assert.Equal(Weights("one"), Weights("same"));
        Assert.NotEqual(Weights("one"), Weights("other"));
    }

    [Theory]
    [InlineData("bfloat16", 2)]
    [InlineData("float16", 2)]
    [InlineData("float32", 4)]
    public void Element_type_is_that_of_the_file(string dtype, int bytes)
    {
        long parameters = Make(tiny.Backbone, dtype, "--dtype", dtype).Succeeds().Json.GetProperty("parameters").GetInt64();
        JsonElement inside = Hka.Run("inspect", tiny.At(dtype), "--json").Succeeds().Json;
        Assert.Equal([dtype], inside.GetProperty("dtypes").EnumerateArray().Select(d => d.GetString()));
        Assert.Equal(bytes * parameters, inside.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void Clip_is_made_whole()
    {
        using var scratch = new Scratch();
        string config = scratch.Write("config.json", """
            {"model_type": "clip", "projection_dim": 8,
             "vision_config": {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "patch_size": 8, "image_size": 32},
             "text_config": {"hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48, "vocab_size": 100, "max_position_embeddings": 8, "hidden_act": "gelu", "eos_token_id": 99}}
            """);
        long parameters = Make(config, "clip").Succeeds().Json.GetProperty("parameters").GetInt64();
        ClipModel model = ClipModel.Load(tiny.At("clip"), out IReadOnlyList<string> unused);
        Assert.Empty(unused);
        Assert.Equal(ClipConfig.Parse(CheckpointFolder.ReadJson(config), config), model.Config);
        Assert.Equal(model.ParameterCount, parameters);
        Assert.Equal("clip", Hka.Run("inspect", tiny.At("clip"), "--json").Succeeds().Json.GetProperty("model_type").GetString());
    }

    [Fact]
    public void Folder_that_holds_something_stays_as_it_is()
    {
        Hka.Outcome outcome = Make(tiny.Backbone, "photos");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("not an empty folder", outcome.Error);
        Assert.False(File.Exists(tiny.At("photos/config.json")));
    }

    private byte[] Weights(string folder) => File.ReadAllBytes(Path.Combine(tiny.At(folder), "model.safetensors"));

    private Hka.Outcome Make(string arch, string folder, params string[] options) => Hka.Run(["make", arch, tiny.At(folder), .. options, "--json"]);
}
