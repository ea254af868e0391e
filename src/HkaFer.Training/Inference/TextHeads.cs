using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Makes the text head of a classifier: from a CLIP folder and the phrases of its classes, or from a saved adapter, which needs no text encoder.</summary>
internal static class TextHeads
{
    /// <summary>The head, its texts embedded; learnable context has no values yet.</summary>
    /// <param name="folder">A whole CLIP checkpoint with its tokenizer.</param>
    /// <param name="phrases">The phrases of each class.</param>
    /// <param name="labels">Class names, for messages.</param>
    /// <param name="settings">Context and temperature.</param>
    /// <param name="encoder">The folder's text encoder where it is loaded already; an adapter may be part of it.</param>
    /// <exception cref="HkaFerException">The folder has no text encoder or tokenizer, or a phrase is too long.</exception>
    internal static ClipTextHead Build(
        string folder, IReadOnlyList<IReadOnlyList<string>> phrases, IReadOnlyList<string> labels, TextSettings settings, ClipTextEncoder? encoder = null)
    {
        if (!ClipTextEncoder.IsIn(folder))
        {
            throw new HkaFerException($"{folder}: holds no text encoder; name a whole CLIP checkpoint (model_type clip), or use method linear");
        }

        ClipTokenizer tokenizer = ClipTokenizer.Load(folder);
        encoder ??= ClipTextEncoder.Load(folder);
        int limit = encoder.Text.Config.Context - settings.Context;
        int[][][] ids = [.. phrases.Select((list, i) => (int[][])[.. list.Select(phrase => Tokens(tokenizer, phrase, limit, labels[i]))])];
        var texts = new ClipClassTexts(encoder, ids);
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Tensor embeddings = texts.Average(TextEmbeddingCache.OfUser.Embed(texts)).Keep();
        return new ClipTextHead(texts, embeddings, settings.Temperature, settings.Context, settings.Shared);
    }

    /// <summary>What of the head is no tensor.</summary>
    internal static JsonObject ToJson(ClipTextHead head, IReadOnlyList<IReadOnlyList<string>> prompts) => new()
    {
        [AdapterTexts.TemperatureKey] = head.Temperature,
        [AdapterTexts.PromptsKey] = new JsonArray([.. prompts.Select(list => (JsonNode)new JsonArray([.. list.Select(phrase => (JsonNode)phrase)]))]),
    };

    /// <summary>The classifier that an adapter was saved from: with texts where it says so, else with a linear head.</summary>
    /// <param name="file">The adapter.</param>
    /// <param name="folder">The backbone's folder; of CLIP the image encoder alone is read.</param>
    /// <param name="prompts">The phrases of each class; none with a linear head.</param>
    /// <exception cref="HkaFerException">The backbone does not load or is of another family, or the entry cannot be read.</exception>
    internal static ImageClassifier Declare(AdapterFile file, string folder, out IReadOnlyList<IReadOnlyList<string>> prompts)
    {
        prompts = [];
        if (!file.Json.TryGetProperty(AdapterTexts.Key, out JsonElement text))
        {
            return file.LoadClassifier(folder);
        }

        (_, prompts) = Read(text, file.Folder);
        return file.ClassifierOn(ImageEncoder.LoadFolder(folder));
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="HkaFerException">It is something else.</exception>
    internal static (double Temperature, IReadOnlyList<IReadOnlyList<string>> Prompts) Read(JsonElement text, string folder)
    {
        try
        {
            string[][] prompts = text.GetProperty(AdapterTexts.PromptsKey).Deserialize<string[][]>() ?? [];
            return prompts.Any(phrases => phrases is null || phrases.Any(phrase => phrase is null))
                ? throw new JsonException("a phrase is null")
                : (AdapterTexts.TemperatureOf(text, folder), prompts);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw AdapterTexts.Unreadable(folder, e);
        }
    }

    // A phrase is never cut silently: what it says of the eyes may stand at its end.
    private static int[] Tokens(ClipTokenizer tokenizer, string phrase, int limit, string label)
    {
        int[] ids = tokenizer.Encode(phrase);
        return ids.Length <= limit ? ids : throw new HkaFerException(
            $"text.prompts: a phrase of class '{label}' has {ids.Length} tokens with start and end; there is room for {limit} beside the context; shorten it: {(phrase.Length > 60 ? phrase[..60] + ".." : phrase)}");
    }
}
