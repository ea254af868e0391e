using System.Reflection;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>The phrases that stand for each class where images are compared with texts.</summary>
public static class ClassPrompts
{
    /// <summary>A phrase of facial cues a class, written for this project: mouth, brows, eyes, cheeks.</summary>
    public const string Cues = "cues";

    /// <summary>The class's name in a sentence.</summary>
    public const string Names = "names";

    /// <summary>The phrases of each class.</summary>
    /// <param name="labels">Class names.</param>
    /// <param name="prompts"><see cref="Cues"/>, <see cref="Names"/>, or a YAML file of <c>class: phrase</c> or <c>class: [phrase, phrase]</c>.</param>
    /// <returns>One list a class, in the order of the labels.</returns>
    /// <exception cref="HkaFerException">The file cannot be read, or names a class that is not there, or a class has no phrase.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> For(IReadOnlyList<string> labels, string prompts)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentException.ThrowIfNullOrEmpty(prompts);
        bool names = prompts == Names;
        (string text, string source) = names || prompts == Cues ? (BuiltIn(prompts), $"prompts '{prompts}'") : (ReadFile(prompts), prompts);
        Dictionary<string, IReadOnlyList<string>> phrases = Parse(text, source, labels);
        if (names)
        {
            foreach (string label in labels)
            {
                phrases.TryAdd(label, [$"a photo of a face with a {label.Replace('_', ' ')} expression"]);
            }
        }

        string[] missing = [.. labels.Where(label => !phrases.ContainsKey(label))];
        return missing.Length == 0 ? [.. labels.Select(label => phrases[label])] : throw new HkaFerException(
            $"{source}: no phrase for {string.Join(", ", missing.Select(label => $"'{label}'"))}; give every class one, or use the prompts '{Names}'");
    }

    private static Dictionary<string, IReadOnlyList<string>> Parse(string text, string source, IReadOnlyList<string> labels)
    {
        YamlMapping classes = YamlReader.Read(text, source) as YamlMapping
            ?? throw new HkaFerException($"{source}: expected lines of `class: phrase`");
        var phrases = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach ((YamlScalar name, YamlNode value) in classes.Entries)
        {
            IReadOnlyList<YamlNode> items = value is YamlSequence list ? list.Items : [value];
            if (items.Count == 0 || items.Any(item => item is not YamlScalar { IsNull: false } phrase || string.IsNullOrWhiteSpace(phrase.Text)))
            {
                throw new HkaFerException($"{value.At}: {name.Text}: expected a phrase or a list of phrases, got {value.What}");
            }

            if (LabelOf(name, labels) is { } label
                && !phrases.TryAdd(label, [.. items.Select(item => ((YamlScalar)item).Text.Trim())]))
            {
                throw new HkaFerException($"{name.At}: class '{label}' is there twice; list all its phrases at one place");
            }
        }

        return phrases;
    }

    /// <summary>The label that a name means; null for an expression that this data does not have.</summary>
    private static string? LabelOf(YamlScalar name, IReadOnlyList<string> labels)
    {
        if (labels.Contains(name.Text, StringComparer.Ordinal))
        {
            return name.Text;
        }

        if (Expressions.TryParse(name.Text, out Expression expression))
        {
            return labels.FirstOrDefault(label => label == Expressions.Names[(int)expression]);
        }

        throw new HkaFerException($"{name.At}: class '{name.Text}' is not in the data; {Nearest.Hint(name.Text, labels)}");
    }

    private static string ReadFile(string path) => File.Exists(path)
        ? Recipe.ReadText(path, "file of prompts")
        : throw new HkaFerException($"prompts '{path}': no such file; {Nearest.Hint(path, [Cues, Names])}, or a YAML file of `class: phrase`");

    private static string BuiltIn(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"HkaFer.Training.prompts.{name}.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
