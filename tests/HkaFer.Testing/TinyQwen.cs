using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Testing;

/// <summary>A small Qwen-VL: its tokenizer knows the bytes, a few merges and the special tokens.</summary>
public static class TinyQwen
{
    private static readonly (string Left, string Right)[] s_merges = [("a", "b"), ("ab", "ab"), ("a", "1"), ("1", "2"), ("Ġ", "1"), ("Ċ", "x")];

    private static readonly string[] s_special =
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"];

    /// <summary>The id of the first special token; they follow each other in the order end of text, message start and end, vision start and end, image and video.</summary>
    public static int FirstSpecial => 256 + s_merges.Length;

    /// <summary>Ids in use.</summary>
    public static int Vocabulary => FirstSpecial + s_special.Length;

    /// <summary>The token in whose places visual tokens stand.</summary>
    public static int ImageToken => FirstSpecial + 5;

    /// <summary>A model of some thousand weights for the tokenizer.</summary>
    /// <param name="windowed">Whether it is a 2.5: its windows are two by two tokens, its second block sees the whole image.</param>
    public static QwenVlConfig Config(bool windowed) => new()
    {
        Text = new QwenTextConfig
        {
            Width = 12,
            MlpWidth = 20,
            Depth = 2,
            Heads = 4,
            KeyHeads = 2,
            HeadWidth = 8,
            RopeSections = [2, 1, 1],
            Vocabulary = Vocabulary + 3,
            Context = 64,
            Tied = !windowed,
        },
        Vision = new QwenVisionConfig
        {
            Windowed = windowed,
            OutWidth = 12,
            Depth = 2,
            Width = 16,
            Heads = 2,
            MlpWidth = 32,
            Patch = 2,
            Window = 8,
            FullBlocks = [1],
            Activation = windowed ? Activation.Silu : Activation.QuickGelu,
        },
        ImageToken = ImageToken,
        VideoToken = ImageToken + 1,
    };

    /// <summary>The model with random weights.</summary>
    public static QwenVl Model(bool windowed, ulong seed = 1)
    {
        var model = new QwenVl(Config(windowed)) { StopTokens = [FirstSpecial + 2, FirstSpecial] };
        model.Initialize(seed);
        return model;
    }

    /// <summary>Writes a checkpoint as the hub lays it out, with tokenizer and preprocessing, whose context takes a whole prompt of bytes.</summary>
    /// <param name="scratch">Where.</param>
    /// <param name="folder">The folder in it.</param>
    /// <param name="windowed">Whether it is a 2.5.</param>
    /// <param name="context">Tokens of the context.</param>
    /// <param name="dtype">Element type of the weights.</param>
    /// <param name="seed">Of the weights.</param>
    /// <returns>Its full path.</returns>
    public static string Checkpoint(Scratch scratch, string folder = "qwen", bool windowed = false, int context = 4096, DType dtype = DType.Float32, ulong seed = 1)
    {
        QwenVlConfig config = Config(windowed);
        var model = new QwenVl(config with { Text = config.Text with { Context = context } }) { StopTokens = [FirstSpecial + 2, FirstSpecial] };
        model.Initialize(seed);
        model.Save(scratch[folder], dtype);
        Tokenizer(scratch, folder);
        scratch.Write(Path.Combine(folder, "preprocessor_config.json"), """{"patch_size": 2, "merge_size": 2, "temporal_patch_size": 2, "min_pixels": 16, "max_pixels": 256}""");
        return scratch[folder];
    }

    /// <summary>An image of random patches.</summary>
    public static QwenImage Image(int rows, int columns, int seed = 1)
    {
        var random = new Random(seed);
        return QwenImage.From([.. Enumerable.Range(0, rows * columns * 24).Select(_ => random.NextSingle() - 0.5f)], rows, columns);
    }

    /// <summary>A prompt: text, the places of images, text.</summary>
    public static int[] Prompt(params int[] imageTokens) =>
        [65, 66, .. imageTokens.SelectMany(n => (int[])[FirstSpecial + 3, .. Enumerable.Repeat(ImageToken, n), FirstSpecial + 4]), 70, 71];

    /// <summary>Writes <c>vocab.json</c>, <c>merges.txt</c> and <c>tokenizer_config.json</c> and reads them.</summary>
    public static QwenTokenizer Tokenizer(Scratch scratch, string folder = "")
    {
        scratch.Write(Path.Combine(folder, "vocab.json"), Vocab().ToJsonString());
        scratch.Write(Path.Combine(folder, "merges.txt"), "#version: 0.2\n" + string.Concat(s_merges.Select(m => $"{m.Left} {m.Right}\n")));
        var added = new JsonObject();
        foreach ((int i, string token) in s_special.Index())
        {
            added[$"{FirstSpecial + i}"] = new JsonObject { ["content"] = token, ["lstrip"] = false, ["normalized"] = false, ["special"] = true };
        }

        scratch.Write(Path.Combine(folder, "tokenizer_config.json"), new JsonObject { ["added_tokens_decoder"] = added }.ToJsonString());
        return QwenTokenizer.Load(scratch[folder]);
    }

    /// <summary>Writes the same as one <c>tokenizer.json</c>.</summary>
    /// <param name="scratch">Where.</param>
    /// <param name="folder">The folder in it.</param>
    /// <param name="pairs">Whether merges are pairs of strings, as newer files have them.</param>
    public static void WriteWhole(Scratch scratch, string folder, bool pairs)
    {
        JsonNode?[] merges = [.. s_merges.Select(m => pairs ? (JsonNode)new JsonArray(m.Left, m.Right) : $"{m.Left} {m.Right}")];
        JsonNode?[] added = [.. s_special.Index().Select(t => new JsonObject { ["id"] = FirstSpecial + t.Index, ["content"] = t.Item, ["special"] = true })];
        scratch.Write(Path.Combine(folder, "tokenizer.json"), new JsonObject
        {
            ["added_tokens"] = new JsonArray(added),
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = Vocab(), ["merges"] = new JsonArray(merges) },
        }.ToJsonString());
    }

    private static JsonObject Vocab()
    {
        string[] tokens = [.. ByteAlphabet.Characters.Select(c => c.ToString()), .. s_merges.Select(m => m.Left + m.Right)];
        return new(tokens.Index().Select(t => KeyValuePair.Create(t.Item, (JsonNode?)t.Index)));
    }
}
