namespace HkaFer.Training;

/// <summary>Reads the YAML of a prompt.</summary>
internal static class AnswerPromptFile
{
    private static readonly string[] s_keys = ["task", "definitions", "guidelines", "format"];

    /// <summary>The prompt for given classes; definitions of others are left out.</summary>
    internal static AnswerPrompt Parse(string text, string source, IReadOnlyList<string> labels)
    {
        YamlMapping file = YamlReader.Read(text, source) as YamlMapping ?? throw new HkaFerException($"{source}: expected the keys {string.Join(", ", s_keys)}");
        foreach ((YamlScalar key, _) in file.Entries)
        {
            if (!s_keys.Contains(key.Text))
            {
                throw new HkaFerException($"{key.At}: unknown key '{key.Text}'; {Nearest.Hint(key.Text, s_keys)}");
            }
        }

        var prompt = new AnswerPrompt
        {
            Labels = labels,
            Task = Words(file["task"] ?? throw Missing("task")),
            Definitions = file["definitions"] is { } definitions ? Definitions(definitions, source, labels) : [],
            Guidelines = file["guidelines"] switch
            {
                null => [],
                YamlSequence list => [.. list.Items.Select(Words)],
                var other => throw new HkaFerException($"{other.At}: guidelines: expected a list of sentences, got {other.What}"),
            },
            Format = Words(file["format"] ?? throw Missing("format")),
        };
        if (!prompt.Format.Contains($"\"{AnswerParser.Key}\"", StringComparison.Ordinal))
        {
            throw new HkaFerException($"{file["format"]!.At}: format: answers are read as a JSON object with \"{AnswerParser.Key}\"; say so, as in {{\"{AnswerParser.Key}\": \"...\"}}");
        }

        prompt.Check(source);
        return prompt;

        HkaFerException Missing(string key) => new($"{source}: {key} is missing; expected text");
    }

    private static string[] Definitions(YamlNode node, string source, IReadOnlyList<string> labels)
    {
        if (node is not YamlMapping lines)
        {
            throw new HkaFerException($"{node.At}: definitions: expected lines of `class: what it looks like`, got {node.What}");
        }

        string[] missing = [.. labels.Where(label => lines[label] is null)];
        return missing.Length == 0 ? [.. labels.Select(label => Words(lines[label]!))] : throw new HkaFerException(
            $"{source}: definitions lacks {string.Join(", ", missing.Take(5).Select(label => $"'{label}'"))}; define every class of the data, or leave definitions out (the prompt 'minimal' only names classes)");
    }

    private static string Words(YamlNode node) => node is YamlScalar { IsNull: false } words && words.Text.Trim().Length > 0
        ? words.Text.Trim()
        : throw new HkaFerException($"{node.At}: expected text, got {node.What}");
}
