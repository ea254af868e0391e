using System.Text;
using System.Text.Json.Nodes;
using HkaFer.Testing;

namespace HkaFer.Models.Tests.Fuzzing;

/// <summary>Damaged checkpoints: headers of safetensors files, the index of shards, configs of every architecture.</summary>
[Trait("Category", Fuzz.Category)]
public sealed class CheckpointFuzzTests : IDisposable
{
    /// <summary>A document's table of twelve bytes a token, the objects of a small model, and the text of an error.</summary>
    private const long Limit = 256 << 10;

    private readonly Scratch _scratch = Fuzz.Scratch();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Damaged_safetensors_file_gives_tensors_or_a_named_error()
    {
        // Damage to the length field is damage to eight bytes of any value.
        Fuzz.Run(Limit, Headers().Select(h => File(h, Data)), Mutator.Bytes, ReadAll);
        _scratch.AllClosed();
    }

    [Fact]
    public void Damaged_safetensors_header_gives_tensors_or_a_named_error()
    {
        Fuzz.Run(Limit, Headers(), Mutator.Json, header => ReadAll(File(header, Data)));
        _scratch.AllClosed();
    }

    [Fact]
    public void Damaged_index_of_shards_gives_tensors_or_a_named_error()
    {
        TinyModels.Write(_scratch, TinyModels.Vit(), shards: 2);
        const string name = "model.safetensors.index.json";
        byte[] index = System.IO.File.ReadAllBytes(_scratch[name]);
        byte[] small = Encoding.UTF8.GetBytes("{\"metadata\":{\"total_size\":8},\"weight_map\":{\"embeddings.cls_token\":\"shard0.safetensors\"}}");
        Fuzz.Run(Limit, [index, small], Mutator.Json, bytes =>
        {
            _scratch.Write(name, bytes);
            using var folder = CheckpointFolder.Open(_scratch.Folder);
            Assert.All(folder.Tensors, info => Assert.Equal(info.Shape, folder.Read(info.Name).Shape));
        });
        _scratch.AllClosed();
    }

    [Fact]
    public void Damaged_config_of_a_vision_transformer_gives_a_model_or_a_named_error() => Fuzz.Run(
        // A model is described in full before any of its weights is made: 256 blocks at most.
        8 << 20,
        Texts(
            TinyModels.Config.ToJson(), (TinyModels.Config with { Registers = 4, SwiGlu = true, QkvBias = false }).ToJson(), VitConfig.Named("dinov2-small")!.ToJson(),
            new JsonObject { ["model_type"] = "dinov2", ["hidden_size"] = 16, ["num_hidden_layers"] = 1, ["num_attention_heads"] = 2 }),
        Mutator.Json,
        bytes =>
        {
            string path = _scratch.Write("config.json", bytes);
            _ = new VisionTransformer(VitConfig.Parse(CheckpointFolder.ReadJson(path), path)).ParameterCount;
        });

    [Fact]
    public void Damaged_config_of_clip_gives_a_model_or_a_named_error() => Fuzz.Run(
        16 << 20,
        Texts(
            JsonNode.Parse("""
                {"model_type": "clip", "projection_dim": 8, "logit_scale_init_value": 2.6592,
                 "vision_config": {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "patch_size": 2, "image_size": 4, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5},
                 "text_config": {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 100, "max_position_embeddings": 8, "eos_token_id": 99}}
                """)!,
            JsonNode.Parse("""{"model_type": "clip", "vision_config": {}, "text_config": {"hidden_act": "gelu"}}""")!),
        Mutator.Json,
        bytes =>
        {
            string path = _scratch.Write("config.json", bytes);
            _ = ClipConfig.ParseVision(CheckpointFolder.ReadJson(path), path);
            _ = new ClipModel(ClipConfig.Parse(CheckpointFolder.ReadJson(path), path)).ParameterCount;
        });

    [Fact]
    public void Damaged_config_of_qwen_gives_a_model_or_a_named_error() => Fuzz.Run(
        32 << 20,
        Texts(TinyQwen.Config(true).ToJson(), TinyQwen.Config(false).ToJson()),
        Mutator.Json,
        bytes =>
        {
            string path = _scratch.Write("config.json", bytes);
            _ = new QwenVl(QwenVlConfig.Parse(CheckpointFolder.ReadJson(path), path)).ParameterCount;
        });

    private const int Data = 34;

    private static IEnumerable<byte[]> Headers() => ((string[])
    [
        $"{{\"__metadata__\":{{\"format\":\"pt\"}},{Entry("a", "F32", "[2,3]", 0, 24)},{Entry("b", "BF16", "[]", 24, 26)},{Entry("c", "I64", "[1]", 26, 34)},{Entry("d", "U8", "[0,5]", 34, 34)}}}",
        $"{{{Entry("w", "F16", "[17]", 0, 34)}}}",
        $"{{{Entry("ä.顔", "U8", "[2,17]", 0, 34)},\"__metadata__\":{{}}}}   ",
    ]).Select(Encoding.UTF8.GetBytes);

    private static string Entry(string name, string type, string shape, int from, int to) =>
        $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":[{from},{to}]}}";

    private static byte[] File(byte[] header, int data) => [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[data]];

    private static byte[][] Texts(params JsonNode[] configs) => [.. configs.Select(c => Encoding.UTF8.GetBytes(c.ToJsonString()))];

    private void ReadAll(byte[] content)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(_scratch.Write("x.safetensors", content));
        Assert.All(file.Tensors.Values, info => Assert.Equal(info.Shape, file.Read(info.Name).Shape));
    }
}
