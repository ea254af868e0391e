using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.BadInput;

public sealed class BadModelTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Adapter_of_another_backbone_is_refused()
    {
        // The same sizes and other values; then other sizes.
        string other = Backbone("other values", c => c, seed: 9), wide = Backbone("wide", c => c with { Width = 64 }, seed: 1);
        foreach (string backbone in (string[])[other, wide])
        {
            Bad.Refused([tiny.Adapter, "was trained on another backbone", "--backbone"], "predict", tiny.Adapter, Face, "--backbone", backbone);
            Bad.Refused(["another backbone"], "eval", tiny.Adapter, "--data", "faces:?count=7&size=48", "--backbone", backbone);
        }

        // Without the hash, as other programs write adapters, the shapes tell.
        string foreign = Copy(tiny.Adapter, "foreign");
        Edit(Path.Combine(foreign, "adapter_config.json"), json => json.Remove("base_model_hash"));
        Bad.Refused([foreign, "expected"], "predict", foreign, Face, "--backbone", wide);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("vit_mae")]
    [InlineData("resnet")]
    public void Checkpoint_of_another_architecture_is_refused(string type)
    {
        string folder = Copy(tiny.Backbone, type);
        Edit(Path.Combine(folder, "config.json"), json => json["model_type"] = type);
        string run = tiny.At($"run {type}");
        Bad.Refused([folder, $"'{type}'", "expected", "dinov2"], "train", tiny.Recipe, "--set", $"backbone={folder}", "--out", run);
        Assert.Empty(Bad.Files(run));
        Bad.Refused([folder, $"'{type}'"], "predict", tiny.Adapter, Face, "--backbone", folder);
    }

    [Theory]
    [InlineData("hidden_size", "64", "does not fit the model that its config.json describes")]
    [InlineData("num_hidden_layers", "3", "missing")]
    [InlineData("num_attention_heads", "5", "not divisible")]
    [InlineData("hidden_size", "\"wide\"", "expected a number")]
    [InlineData("patch_size", "0", "expected an integer from 1")]
    [InlineData("num_hidden_layers", "1000000", "expected 1 to")]
    [InlineData("hidden_size", "null", "'hidden_size' is missing")]
    public void Config_that_does_not_fit_its_weights_is_refused(string key, string value, string says)
    {
        string folder = Copy(tiny.Backbone, $"{key} {value.Trim('"')}");
        Edit(Path.Combine(folder, "config.json"), json => json[key] = JsonNode.Parse(value));
        Bad.Refused([folder, says], "train", tiny.Recipe, "--set", $"backbone={folder}", "--out", tiny.At("never"));
        Assert.False(Directory.Exists(tiny.At("never")));
    }

    [Fact]
    public void Damaged_weights_are_refused()
    {
        string folder = Copy(tiny.Backbone, "damaged"), weights = Path.Combine(folder, "model.safetensors");
        byte[] sound = File.ReadAllBytes(weights);
        foreach (byte[] bad in (byte[][])[sound[..^5], sound[..3], [], [.. sound, 0], "<html>404</html>"u8.ToArray()])
        {
            File.WriteAllBytes(weights, bad);
            Bad.Refused([weights], "train", tiny.Recipe, "--set", $"backbone={folder}", "--out", tiny.At("never"));
        }

        File.Delete(weights);
        Bad.Refused([weights, "cannot be read"], "inspect", folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), "{\"model_type\": ");
        Bad.Refused([Path.Combine(folder, "config.json"), "not valid JSON"], "train", tiny.Recipe, "--set", $"backbone={folder}", "--out", tiny.At("never"));
        Assert.False(Directory.Exists(tiny.At("never")));
    }

    [Theory]
    [InlineData("a backbone")]
    [InlineData("a vision-language model")]
    public void Damaged_shard_of_several_is_named(string kind)
    {
        using var scratch = new Scratch();
        bool answers = kind == "a vision-language model";
        string folder = answers ? TinyQwen.Checkpoint(scratch) : Copy(tiny.Backbone, "in shards");
        string[] shards = Shards(folder), args = answers ? ["predict", folder, Face, "--decode", "score"] : ["embed", folder, Face, "--out", scratch["features.npy"]];
        Assert.Equal(0, Bad.Ends(args).Code);
        foreach (string shard in shards)
        {
            byte[] sound = File.ReadAllBytes(shard);
            foreach (byte[] bad in (byte[][])[sound[..^5], sound[..3], [], [.. sound, 0]])
            {
                File.WriteAllBytes(shard, bad);
                Bad.Refused([shard], args);
            }

            File.Delete(shard);
            Bad.Refused([shard, "cannot be read"], args);
            File.WriteAllBytes(shard, sound);
        }

        // The index says that a tensor is in the other file.
        string index = Path.Combine(folder, "model.safetensors.index.json"), name = "";
        Edit(index, json =>
        {
            JsonObject map = json["weight_map"]!.AsObject();
            name = map.First().Key;
            map[name] = Path.GetFileName(shards[1]);
        });
        Bad.Refused([name], args);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public void Pipe_in_a_checkpoint_is_no_file(string name)
    {
        string folder = Copy(tiny.Backbone, "piped " + name), pipe = Path.Combine(folder, name);
        File.Delete(pipe);
        Bad.Pipe(pipe);
        Bad.Refused([pipe, "a pipe or a device"], "inspect", folder);
    }

    [Fact]
    public void Pipe_in_a_run_is_no_file()
    {
        string folder = tiny.At("piped run/r-1");
        Hka.Run("train", tiny.Recipe, "--out", folder, "--set", "training.epochs=1").Succeeds();
        string metrics = Path.Combine(folder, "metrics.jsonl"), summary = Path.Combine(folder, "run.json");
        File.Delete(metrics);
        Bad.Pipe(metrics);
        Assert.Equal(0, Bad.Ends("runs", "report", folder).Code);
        File.Delete(summary);
        Bad.Pipe(summary);
        Bad.Ends("runs", "list", tiny.At("piped run"));
        Bad.Refused([summary, "a pipe or a device"], "inspect", folder);
    }

    [Fact]
    public void Damaged_adapter_is_refused()
    {
        string folder = Copy(tiny.Adapter, "bad adapter"), weights = Path.Combine(folder, "adapter_model.safetensors");
        byte[] sound = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, sound[..(sound.Length / 2)]);
        Bad.Refused([weights, "truncated"], "predict", folder, Face);
        File.Delete(weights);
        Bad.Refused([weights], "predict", folder, Face);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), "[]");
        Bad.Refused([folder, "expected a JSON object"], "predict", folder, Face);
        File.WriteAllText(Path.Combine(folder, "run.json"), "nonsense");
        Bad.Refused([Path.Combine(folder, "run.json"), "not valid JSON"], "predict", folder, Face);
    }

    private string Face => Path.Combine(tiny.Photos, "a.png");

    private string Backbone(string name, Func<VitConfig, VitConfig> change, ulong seed)
    {
        var model = new VisionTransformer(change(new VitConfig { Width = 32, Depth = 2, Heads = 2, Patch = 8, ImageSize = 32, MlpRatio = 2 }));
        model.Initialize(seed);
        model.Save(tiny.At(name));
        return tiny.At(name);
    }

    private string Copy(string folder, string name)
    {
        Directory.CreateDirectory(tiny.At(name));
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            File.Copy(file, Path.Combine(tiny.At(name), Path.GetFileName(file)), overwrite: true);
        }

        return tiny.At(name);
    }

    /// <summary>Parts the weights of a checkpoint in two files, as large ones are published.</summary>
    private static string[] Shards(string folder)
    {
        string whole = Path.Combine(folder, "model.safetensors");
        string[] shards = [.. Enumerable.Range(1, 2).Select(i => Path.Combine(folder, $"model-0000{i}-of-00002.safetensors"))];
        var map = new JsonObject();
        using (SafeTensorsFile file = SafeTensorsFile.Open(whole))
        {
            string[] names = [.. file.Tensors.Keys.Order(StringComparer.Ordinal)];
            foreach ((int i, string shard) in shards.Index())
            {
                string[] part = [.. names.Where((_, n) => n % 2 == i)];
                SafeTensorsWriter.Save(shard, [.. part.Select(name => (name, file.Read(name)))]);
                foreach (string name in part)
                {
                    map[name] = Path.GetFileName(shard);
                }
            }
        }

        File.Delete(whole);
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString());
        return shards;
    }

    private static void Edit(string path, Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
