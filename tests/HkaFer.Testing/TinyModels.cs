using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;
using Xunit;

namespace HkaFer.Testing;

/// <summary>Small models and their folders, whole or damaged on purpose.</summary>
public static class TinyModels
{
    /// <summary>Width 16, two blocks, 2 x 2 patches of 2 pixels.</summary>
    public static VitConfig Config { get; } = new() { Width = 16, Depth = 2, Heads = 2, Patch = 2, ImageSize = 4 };

    /// <summary>A model with fresh values.</summary>
    public static VisionTransformer Vit(ulong seed = 1, VitConfig? config = null)
    {
        var model = new VisionTransformer(config ?? Config);
        model.Initialize(seed);
        return model;
    }

    /// <summary>Images of noise.</summary>
    public static Tensor Pixels(int batch = 2, int height = 4, int width = 4, ulong seed = 7)
    {
        var rng = new Rng(seed);
        return Tensor.From([.. Enumerable.Range(0, batch * 3 * height * width).Select(_ => (float)rng.Normal())], [batch, 3, height, width]);
    }

    /// <summary>A hub folder of a model whose tensors were changed on the way; in shards where asked for.</summary>
    public static void Write(
        Scratch scratch,
        VisionTransformer model,
        Func<(string Name, Tensor Tensor), IEnumerable<(string Name, Tensor Tensor)>>? change = null,
        int shards = 1)
    {
        scratch.Write("config.json", model.Config.ToJson().ToJsonString());
        (string Name, Tensor Tensor)[] tensors = [.. model.CheckpointTensors().SelectMany(change ?? (t => [t]))];
        if (shards == 1)
        {
            SafeTensorsWriter.Save(scratch["model.safetensors"], tensors);
            return;
        }

        var map = new JsonObject();
        for (int i = 0; i < shards; i++)
        {
            (string Name, Tensor Tensor)[] part = [.. tensors.Where((_, index) => index % shards == i)];
            SafeTensorsWriter.Save(scratch[$"shard{i}.safetensors"], part);
            foreach ((string name, _) in part)
            {
                map[name] = $"shard{i}.safetensors";
            }
        }

        scratch.Write("model.safetensors.index.json", new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString());
    }

    /// <summary>Fails unless both have the same parameters with the same bits.</summary>
    public static void EqualBits(Module expected, Module actual)
    {
        foreach (((string path, Parameter a), (string other, Parameter b)) in expected.Parameters().Zip(actual.Parameters()))
        {
            Assert.Equal(path, other);
            Assert.Equal(a.Value.ToBytes(), b.Value.ToBytes());
        }

        Assert.Equal(expected.ParameterCount, actual.ParameterCount);
    }
}
