using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>
/// What a vision-language model is asked about a picture, in parts: the task, what each class looks like, how to look, and how to answer. It is stored with the
/// adapter that was trained on it, and is the same whenever that is used.
/// </summary>
public sealed record AnswerPrompt
{
    /// <summary>The names of those that come with the program.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = ["minimal", "detailed"];

    /// <summary>A prompt is a page of text: an adapter of somebody else may say anything.</summary>
    private const int MostCharacters = 1 << 16, MostLabels = 1000;

    /// <summary>Names of the classes, in the order of their numbers.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The question itself.</summary>
    public required string Task { get; init; }

    /// <summary>What each class looks like, in the order of the labels; empty where classes are only named.</summary>
    public IReadOnlyList<string> Definitions { get; init; } = [];

    /// <summary>How to look and decide.</summary>
    public IReadOnlyList<string> Guidelines { get; init; } = [];

    /// <summary>How to answer: a JSON object with <see cref="AnswerParser.Key"/>.</summary>
    public required string Format { get; init; }

    /// <summary>The whole text that stands behind the picture.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder(Task);
            if (Definitions.Count == 0)
            {
                text.Append(" One of: ").AppendJoin(", ", Labels).Append('.');
            }
            else
            {
                text.Append("\nCategories:");
                foreach ((string label, string definition) in Labels.Zip(Definitions))
                {
                    text.Append("\n- ").Append(label).Append(": ").Append(definition);
                }
            }

            if (Guidelines.Count > 0)
            {
                text.Append("\nGuidelines:");
                foreach (string guideline in Guidelines)
                {
                    text.Append("\n- ").Append(guideline);
                }
            }

            return text.Append('\n').Append(Format).ToString();
        }
    }

    /// <summary>The prompt of a name or file for given classes.</summary>
    /// <param name="labels">Names of the classes.</param>
    /// <param name="prompt"><c>minimal</c>, <c>detailed</c>, or a YAML file with the keys <c>task</c>, <c>definitions</c>, <c>guidelines</c>, <c>format</c>.</param>
    /// <exception cref="HkaFerException">The file cannot be read, lacks a part, or defines some of the classes and not all.</exception>
    public static AnswerPrompt For(IReadOnlyList<string> labels, string prompt)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentException.ThrowIfNullOrEmpty(prompt);
        if (BuiltIn.Contains(prompt))
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"HkaFer.Training.answers.{prompt}.yaml")!;
            using var reader = new StreamReader(stream);
            return AnswerPromptFile.Parse(reader.ReadToEnd(), $"prompt '{prompt}'", labels);
        }

        return File.Exists(prompt)
            ? AnswerPromptFile.Parse(RecipeText.Read(prompt, "prompt"), prompt, labels)
            : throw new HkaFerException($"prompt '{prompt}': no such file; {Nearest.Hint(prompt, BuiltIn)}, or a YAML file with task, definitions, guidelines and format");
    }

    /// <summary>The form in an adapter's config.</summary>
    public JsonObject ToJson() => new()
    {
        ["task"] = Task,
        ["definitions"] = Strings(Definitions),
        ["guidelines"] = Strings(Guidelines),
        ["format"] = Format,
    };

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The entry of the config.</param>
    /// <param name="labels">Names of the classes, which stand beside it.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="HkaFerException">It is something else.</exception>
    public static AnswerPrompt Read(JsonElement json, IReadOnlyList<string> labels, string where)
    {
        try
        {
            var prompt = new AnswerPrompt
            {
                Labels = labels,
                Task = json.GetProperty("task").GetString()!,
                Definitions = List("definitions"),
                Guidelines = List("guidelines"),
                Format = json.GetProperty("format").GetString()!,
            };
            prompt.Check(where);
            return prompt;
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException)
        {
            throw new HkaFerException($"{where}: prompt cannot be read ({e.Message}); expected an object with the texts task and format and the lists definitions and guidelines", e);
        }

        string[] List(string key) => [.. json.GetProperty(key).EnumerateArray().Select(item => item.GetString()!)];
    }

    /// <summary>Whether all parts are the same.</summary>
    public bool Equals(AnswerPrompt? other) => other is not null && Text == other.Text && Labels.SequenceEqual(other.Labels, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Checks what may come from a file.</summary>
    internal void Check(string where)
    {
        if (Labels.Count is < 2 or > MostLabels || Labels.Distinct(StringComparer.OrdinalIgnoreCase).Count() != Labels.Count || Labels.Any(string.IsNullOrWhiteSpace))
        {
            throw new HkaFerException($"{where}: {Labels.Count} classes; expected 2 to {MostLabels} names that differ in more than upper and lower case");
        }

        if (Definitions.Count > 0 && Definitions.Count != Labels.Count)
        {
            throw new HkaFerException($"{where}: {Definitions.Count} definitions for {Labels.Count} classes; expected one for each, or none");
        }

        string[] parts = [Task, Format, .. Labels, .. Definitions, .. Guidelines];
        if (parts.Any(part => part is null) || string.IsNullOrWhiteSpace(Task) || string.IsNullOrWhiteSpace(Format) || parts.Sum(part => (long)part.Length) > MostCharacters)
        {
            throw new HkaFerException($"{where}: the prompt lacks task or format, or is longer than {MostCharacters:N0} characters");
        }

        if (parts.FirstOrDefault(part => part.Contains("<|", StringComparison.Ordinal)) is { } steering)
        {
            throw new HkaFerException($"{where}: '{Nearest.Cut(steering)}' holds '<|', which begins the tokens that steer the model; write it otherwise");
        }
    }

    private static JsonArray Strings(IEnumerable<string> items) => [.. items.Select(item => (JsonNode)item)];
}
