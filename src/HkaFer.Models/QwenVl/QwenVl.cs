using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Qwen2-VL (Wang et al. 2024) and Qwen2.5-VL (Bai et al. 2025): a vision tower whose tokens stand among a language model's.</summary>
public sealed class QwenVl : Module, IAdaptable
{
    private static readonly string[] s_targets =
        ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];

    /// <summary>Declares the model; weights come from a checkpoint or <see cref="Module.Initialize"/>.</summary>
    public QwenVl(QwenVlConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        Text = Child("model", new QwenLanguageModel(config.Text));
        OwnHead = config.Text.Tied ? null : Declare("lm_head.weight", [config.Text.Vocabulary, config.Text.Width], Init.Normal(0.02));
        Vision = Child("visual", new QwenVisionTower(config.Vision));
    }

    /// <summary>Sizes and options.</summary>
    public QwenVlConfig Config { get; }

    /// <summary>The language model.</summary>
    public QwenLanguageModel Text { get; }

    /// <summary>The vision tower.</summary>
    public QwenVisionTower Vision { get; }

    /// <summary>The output layer <c>[vocabulary, d]</c>: one of its own, or the embedding table.</summary>
    public Parameter Head => OwnHead ?? Text.Embeddings;

    /// <summary>Tokens that end an answer, from <c>generation_config.json</c>.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [151645, 151643];

    /// <inheritdoc/>
    public int Width => Config.Text.Width;

    /// <summary>All linear layers of the language model: the vision tower stays as it is.</summary>
    public IReadOnlyList<string> DefaultTargets => [.. Enumerable.Range(0, Config.Text.Depth).SelectMany(i => s_targets.Select(name => $"model.layers.{i}.{name}"))];

    /// <summary>Tensors of the checkpoint that have no place in the model and were left out.</summary>
    public IReadOnlyList<string> LeftOver { get; private set; } = [];

    private Parameter? OwnHead { get; }

    /// <summary>Loads a folder as the hub lays it out, in either generation of names.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <param name="unused">Tensors of the checkpoint that the model has no place for.</param>
    /// <param name="dtype">
    /// Float32 to read all weights into memory, which training of the whole model needs. Where not given, matrices in bfloat16 and float32 are mapped: they
    /// take no memory of their own, and the files must stay as they are while the model is in use.
    /// </param>
    /// <exception cref="HkaFerException">A file or tensor is missing or does not fit; the message names it.</exception>
    public static QwenVl Load(string folder, out IReadOnlyList<string> unused, DType? dtype = null)
    {
        string path = Path.Combine(folder, "config.json");
        var model = new QwenVl(QwenVlConfig.Parse(CheckpointFolder.ReadJson(path), path)) { StopTokens = ReadStopTokens(folder) };
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        model.LeftOver = unused = model.Load(checkpoint, [name => name, Renamed], mapped: dtype is null);
        return model;
    }

    /// <summary>Loads a folder as the hub lays it out, its matrices mapped.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <exception cref="HkaFerException">A file or tensor is missing or does not fit; the message names it.</exception>
    public static QwenVl Load(string folder) => Load(folder, out _);

    /// <summary>Whether a folder holds a checkpoint of such a model, by its <c>config.json</c>.</summary>
    public static bool IsIn(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        return File.Exists(path) && QwenVlConfig.IsOf(CheckpointFolder.ReadJson(path));
    }

    /// <summary>Writes the model as a hub folder.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="dtype">Element type of the file.</param>
    public void Save(string folder, DType dtype = DType.Float32) => Save(folder, dtype, parameter => parameter.Value);

    /// <summary>Writes the model as a hub folder with other values; one matrix at a time is in memory, so that a mapped model may be larger than that.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="dtype">Element type of the file.</param>
    /// <param name="valueOf">What stands in the file for a parameter: its value, or another one of its shape.</param>
    /// <param name="cancel">Stops between tensors; nothing half written is left.</param>
    public void Save(string folder, DType dtype, Func<Parameter, Tensor> valueOf, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        CheckpointFolder.Save(
            folder, Config.ToJson(), dtype, [.. this.CheckpointMap().Select(m => new TensorSource(m.Sources[0], dtype, m.Parameter.Shape, () => valueOf(m.Parameter).Detach().To(dtype)))], cancel);
        WriteStopTokens(folder);
    }

    /// <summary>
    /// Writes a model with random weights as a hub folder, those that <see cref="Module.Initialize"/> draws; one matrix at a time is in memory, and the
    /// model stays without values.
    /// </summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="dtype">Element type of the file.</param>
    /// <param name="cancel">Stops between tensors; nothing half written is left.</param>
    public void SaveFresh(string folder, ulong seed, DType dtype = DType.Float32, CancellationToken cancel = default)
    {
        CheckpointFolder.Save(folder, Config.ToJson(), dtype, this.FreshTensors(seed, dtype), cancel);
        WriteStopTokens(folder);
    }

    /// <summary>The logits of the token that follows each token.</summary>
    /// <param name="ids">The text, with one image token for each visual token; what follows the tokens of the cache where there is one.</param>
    /// <param name="images">Its images, in the order of their places.</param>
    /// <param name="from">The first token whose logits are wanted: the output layer is the widest.</param>
    /// <param name="cache">Holds the tokens before these and receives these, or none.</param>
    /// <returns><c>[tokens - from, vocabulary]</c>.</returns>
    /// <exception cref="HkaFerException">Images and places do not match, a token is not in the vocabulary, or the text is longer than the context.</exception>
    public Tensor Logits(ReadOnlySpan<int> ids, IReadOnlyList<QwenImage>? images = null, int from = 0, QwenCache? cache = null) => LogitsOf(ids, images, from, cache, null);

    private Tensor LogitsOf(ReadOnlySpan<int> ids, IReadOnlyList<QwenImage>? images, int from, QwenCache? cache, Tensor? visual)
    {
        images ??= [];
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(from, ids.Length);
        CheckLength(ids, images, cache);
        QwenPosition[] positions = Positions(ids, images, cache);
        Tensor hidden = Text.Forward(Embed(ids, images, visual), positions, cache);
        return Ops.Linear(from == 0 ? hidden : hidden.Slice(0, from, ids.Length - from), Head);
    }

    /// <summary>
    /// The mean cross-entropy of an answer's tokens, each given all before it; nothing else of the text counts.
    /// </summary>
    /// <param name="prompt">What is asked, with one image token for each visual token.</param>
    /// <param name="answer">What is to be said, with the tokens that end it.</param>
    /// <param name="images">The prompt's images.</param>
    /// <param name="visual">Their visual tokens, as <see cref="Vision"/> gives them, where something else wants them too; computed where not given.</param>
    /// <returns>A scalar.</returns>
    public Tensor Loss(ReadOnlySpan<int> prompt, ReadOnlySpan<int> answer, IReadOnlyList<QwenImage>? images = null, Tensor? visual = null)
    {
        if (prompt.IsEmpty || answer.IsEmpty)
        {
            throw new HkaFerException($"qwen-vl: a prompt of {prompt.Length} and an answer of {answer.Length} tokens cannot be trained; expected at least one each");
        }

        // The last token of the answer is followed by nothing that counts.
        return Ops.CrossEntropy(LogitsOf([.. prompt, .. answer[..^1]], images, prompt.Length - 1, null, visual), answer);
    }

    /// <summary>The model's answer.</summary>
    /// <param name="prompt">What is asked, with one image token for each visual token.</param>
    /// <param name="images">Its images, in the order of their places.</param>
    /// <param name="options">How long, and what ends it.</param>
    /// <param name="cancel">Ends the answer early with an exception.</param>
    /// <returns>The tokens of the answer, without the one that ended it.</returns>
    /// <exception cref="HkaFerException">As <see cref="Logits"/>.</exception>
    public int[] Generate(ReadOnlySpan<int> prompt, IReadOnlyList<QwenImage>? images = null, QwenAnswerOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new QwenAnswerOptions();
        ArgumentOutOfRangeException.ThrowIfZero(prompt.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxTokens);
        IReadOnlyList<int> stops = options.StopTokens ?? StopTokens;
        var cache = new QwenCache(Config.Text, checked(prompt.Length + options.MaxTokens));
        var answer = new List<int>();
        using IDisposable paused = Tape.NoGrad();
        int[] next = prompt.ToArray();
        while (answer.Count < options.MaxTokens)
        {
            cancel.ThrowIfCancellationRequested();
            using IDisposable step = Tape.Step();
            int token = Likeliest(Logits(next, cache.Length == 0 ? images : null, next.Length - 1, cache).ToArray<float>());
            if (stops.Contains(token))
            {
                break;
            }

            answer.Add(token);
            next = [token];
        }

        return [.. answer];
    }

    /// <summary>The names of newer files: the parts of the model stand under <c>model</c>.</summary>
    internal static string Renamed(string name) =>
        name.StartsWith("visual.", StringComparison.Ordinal) ? "model." + name
        : name.StartsWith("model.", StringComparison.Ordinal) ? "model.language_model." + name["model.".Length..] : name;

    private static IReadOnlyList<int> ReadStopTokens(string folder)
    {
        foreach (string path in (string[])[Path.Combine(folder, "generation_config.json"), Path.Combine(folder, "config.json")])
        {
            if (!File.Exists(path))
            {
                continue;
            }

            JsonElement json = CheckpointFolder.ReadJson(path);
            var reader = new ConfigReader(json, path);
            if (json.TryGetProperty("eos_token_id", out JsonElement value) && value.ValueKind is JsonValueKind.Array or JsonValueKind.Number)
            {
                return value.ValueKind == JsonValueKind.Array ? reader.Integers("eos_token_id")! : [reader.Size("eos_token_id")];
            }
        }

        return [151645, 151643];
    }

    private void WriteStopTokens(string folder) => AtomicFile.WriteText(
        Path.Combine(folder, "generation_config.json"), new JsonObject { ["eos_token_id"] = new JsonArray([.. StopTokens.Select(id => (JsonNode)id)]) }.ToJsonString() + "\n");

    private static int Likeliest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }

    private void CheckLength(ReadOnlySpan<int> ids, IReadOnlyList<QwenImage> images, QwenCache? cache)
    {
        int limit = cache?.Capacity ?? Config.Text.Context, length = (cache?.Length ?? 0) + ids.Length;
        if (length > limit)
        {
            throw new HkaFerException(
                $"qwen-vl: the text has {length:N0} tokens; {(cache is null ? "the model's context" : "the cache's capacity")} is {limit:N0}; give a shorter prompt, or fewer or smaller images");
        }

        if (ids.Contains(Config.VideoToken))
        {
            throw new HkaFerException($"qwen-vl: the text has places for a film (token {Config.VideoToken}); only images are supported");
        }

        if (cache is { Length: > 0 } && (images.Count > 0 || ids.Contains(Config.ImageToken)))
        {
            throw new HkaFerException("qwen-vl: images after the first tokens of a cache are not supported; give all images with the prompt");
        }
    }

    private QwenPosition[] Positions(ReadOnlySpan<int> ids, IReadOnlyList<QwenImage> images, QwenCache? cache)
    {
        if (cache is { Length: > 0 })
        {
            int first = cache.Length + cache.Delta;
            return [.. Enumerable.Range(first, ids.Length).Select(p => new QwenPosition(p, p, p))];
        }

        int merge = Config.Vision.Merge;
        QwenPosition[] positions = QwenPosition.Of(ids, [.. images.Select(image => (image.Rows / merge, image.Columns / merge))], Config.ImageToken);
        cache?.Delta = QwenPosition.After(positions) - ids.Length;
        return positions;
    }

    /// <summary>The tokens' embeddings, visual tokens in the places of image tokens.</summary>
    private Tensor Embed(ReadOnlySpan<int> ids, IReadOnlyList<QwenImage> images, Tensor? visual)
    {
        if (images.Count == 0)
        {
            return visual is null ? Text.Embed(ids) : throw new HkaFerException("qwen-vl: visual tokens were given without their images, which say where they stand");
        }

        int places = ids.Count(Config.ImageToken);
        if (visual is not null && visual.Shape != Shape.Create([places, Width]))
        {
            throw new HkaFerException($"qwen-vl: visual tokens {visual.Shape} do not fit; expected [{places}, {Width}], one for each image token of the text");
        }

        visual ??= Tape.Local(_ => Vision.Forward(images), images[0].Patches);
        var parts = new List<Tensor>();
        int used = 0;
        for (int at = 0, length; at < ids.Length; at += length)
        {
            bool isImage = ids[at] == Config.ImageToken;
            int end = isImage ? ids[at..].IndexOfAnyExcept(Config.ImageToken) : ids[at..].IndexOf(Config.ImageToken);
            length = end < 0 ? ids.Length - at : end;
            parts.Add(isImage ? visual.Slice(0, used, length) : Text.Embed(ids.Slice(at, length)));
            used += isImage ? length : 0;
        }

        return Ops.Concat(0, [.. parts]);
    }
}
