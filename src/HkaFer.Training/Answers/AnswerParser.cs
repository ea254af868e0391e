using System.Text.Json;

namespace HkaFer.Training;

/// <summary>
/// Finds the class in an answer, strictly: the whole answer is a JSON object whose <c>expression</c> is the name of a class, or it is the name of a class and
/// nothing else. Upper and lower case do not matter. Anything else is unparsed; nothing is guessed.
/// </summary>
public static class AnswerParser
{
    /// <summary>The key of the label in the JSON object.</summary>
    public const string Key = "expression";

    /// <summary>More than this is no answer.</summary>
    private const int MostCharacters = 4096;

    /// <summary>The answer that a model is trained to give for a class.</summary>
    public static string Write(string label) => $"{{\"{Key}\": {JsonSerializer.Serialize(label, s_plain)}}}";

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads an answer.</summary>
    /// <param name="text">What the model wrote.</param>
    /// <param name="labels">Names of the classes.</param>
    public static Answer Read(string text, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(labels);
        string trimmed = text.Trim();
        if (trimmed.Length is 0 or > MostCharacters)
        {
            return Unparsed(text, trimmed.Length == 0 ? "the answer is empty" : $"the answer has {trimmed.Length} characters");
        }

        if (trimmed[0] != '{')
        {
            return Find(trimmed, labels) is { } plain ? new Answer(text, plain, AnswerForm.Plain) : Unparsed(text, "neither a JSON object nor the name of a class");
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(trimmed, new JsonDocumentOptions { MaxDepth = 8 });
            JsonElement[] named = [.. json.RootElement.EnumerateObject().Where(p => p.NameEquals(Key)).Select(p => p.Value)];
            return named switch
            {
                [{ ValueKind: JsonValueKind.String } value] => Find(value.GetString()!.Trim(), labels) is { } label
                    ? new Answer(text, label, AnswerForm.Json)
                    : Unparsed(text, $"'{Nearest.Cut(value.GetString()!)}' is no class"),
                [] => Unparsed(text, $"the JSON object has no {Key}"),
                [_] => Unparsed(text, $"{Key} is no text"),
                _ => Unparsed(text, $"the JSON object has {named.Length} of {Key}"),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A half of a surrogate pair is JSON, but no text.
            return Unparsed(text, "no whole JSON object");
        }
    }

    private static string? Find(string name, IReadOnlyList<string> labels) =>
        labels.FirstOrDefault(label => label == name) ?? labels.FirstOrDefault(label => string.Equals(label, name, StringComparison.OrdinalIgnoreCase));

    private static Answer Unparsed(string text, string problem) => new(text, null, AnswerForm.Unparsed, problem);
}
