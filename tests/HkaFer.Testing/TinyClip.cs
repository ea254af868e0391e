using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using Xunit;

namespace HkaFer.Testing;

/// <summary>A small CLIP: its tokenizer knows the bytes and a few merges.</summary>
public static class TinyClip
{
    private static readonly (string, string)[] s_merges = [("l", "l"), ("l", "l</w>"), ("p", "h"), ("o", "t")];

    // What the tests embed is not kept among the user's own, and goes with the process.
    static TinyClip()
    {
        var cache = new Scratch();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cache.Dispose();
        Environment.SetEnvironmentVariable("HKAFER_CACHE", cache.Folder);
    }

    /// <summary>Sizes: images of 32 pixels in patches of 8, texts of up to 200 tokens, as a phrase has one a letter here.</summary>
    public static ClipConfig Config { get; } = new()
    {
        Vision = new ClipVisionConfig { Width = 32, Depth = 2, Heads = 2, MlpWidth = 64, Patch = 8, ImageSize = 32 },
        Text = new ClipTextConfig { Width = 16, Depth = 1, Heads = 2, MlpWidth = 32, Vocabulary = 518, Context = 200, EndToken = 517 },
        ProjectionWidth = 16,
    };

    /// <summary>Where the embeddings of texts are kept once they are computed.</summary>
    public static string CacheFileOf(ClipClassTexts texts) => TextEmbeddingCache.OfUser.FileOf(texts);

    /// <summary>Writes a hub folder with fresh weights and the tokenizer, and gives its path.</summary>
    public static string Write(Scratch scratch, string folder = "clip", ulong seed = 1)
    {
        ClipTokenizer tokenizer = Tokenizer(scratch, folder);
        Assert.Equal((Config.Text.Vocabulary, Config.Text.EndToken), (tokenizer.Count, tokenizer.End));
        var model = new ClipModel(Config);
        model.Initialize(seed);
        scratch.Write(Path.Combine(folder, "config.json"), $$"""
            {"model_type":"clip","projection_dim":{{Config.ProjectionWidth}},
            "text_config":{"hidden_size":{{Config.Text.Width}},"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":{{Config.Text.MlpWidth}},
            "vocab_size":{{Config.Text.Vocabulary}},"max_position_embeddings":{{Config.Text.Context}},"eos_token_id":{{Config.Text.EndToken}} },
            "vision_config":{"hidden_size":{{Config.Vision.Width}},"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":{{Config.Vision.MlpWidth}},
            "patch_size":8,"image_size":32} }
            """);
        SafeTensorsWriter.Save(scratch[Path.Combine(folder, "model.safetensors")], [.. model.CheckpointTensors()]);
        return scratch[folder];
    }

    /// <summary>Writes <c>vocab.json</c> and <c>merges.txt</c> and reads them.</summary>
    public static ClipTokenizer Tokenizer(Scratch scratch, string folder = "")
    {
        string[] bytes = [.. ByteAlphabet.Characters.Select(c => c.ToString())];
        string[] tokens =
        [
            .. bytes, .. bytes.Select(b => b + "</w>"), .. s_merges.Select(m => m.Item1 + m.Item2), "<|startoftext|>", "<|endoftext|>",
        ];
        scratch.Write(Path.Combine(folder, "vocab.json"), new JsonObject(tokens.Index().Select(t => KeyValuePair.Create(t.Item, (JsonNode?)t.Index))).ToJsonString());
        scratch.Write(Path.Combine(folder, "merges.txt"), "#version: 0.2\n" + string.Concat(s_merges.Select(m => $"{m.Item1} {m.Item2}\n")));
        return ClipTokenizer.Load(scratch[folder]);
    }

    /// <summary>The tokens of ids.</summary>
    public static string[] Tokens(Scratch scratch, int[] ids)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(scratch["vocab.json"]));
        Dictionary<int, string> names = json.RootElement.EnumerateObject().ToDictionary(p => p.Value.GetInt32(), p => p.Name);
        return [.. ids.Select(id => names[id])];
    }
}
