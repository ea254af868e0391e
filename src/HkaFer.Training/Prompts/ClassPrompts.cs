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

    /// <summary>The expressions before contempt, which most data sets do not have.</summary>
    private const int Basic = 7;

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

    /// <summary>The classes that prompts have phrases for, where no data says which: those of a file, in its order; else the seven basic expressions.</summary>
    /// <param name="prompts">As <see cref="For"/> takes it.</param>
    /// <returns>Class names; usual names of an expression as the expression is called here (<c>happiness</c>).</returns>
    /// <exception cref="HkaFerException">The file cannot be read, or holds no lines of <c>class: phrase</c>.</exception>
    public static IReadOnlyList<string> Classes(string prompts)
    {
        ArgumentException.ThrowIfNullOrEmpty(prompts);
        return prompts is Cues or Names
            ? [.. Expressions.Names.Take(Basic)]
            : ClassesIn(ReadFile(prompts), prompts);
    }

    internal static IReadOnlyList<string> ClassesIn(string text, string source) =>
        [.. Lines(text, source).Entries.Select(entry => Canonical(entry.Key.Text)).Distinct(StringComparer.Ordinal)];

    private static string Canonical(string name) => Expressions.TryParse(name, out Expression expression) ? Expressions.Names[(int)expression] : name;

    private static YamlMapping Lines(string text, string source) => YamlReader.Read(text, source) as YamlMapping
        ?? throw new HkaFerException($"{source}: expected lines of `class: phrase`");

    internal static Dictionary<string, IReadOnlyList<string>> Parse(string text, string source, IReadOnlyList<string> labels)
    {
        var phrases = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach ((YamlScalar name, YamlNode value) in Lines(text, source).Entries)
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
        ? RecipeText.Read(path, "file of prompts")
        : throw new HkaFerException($"prompts '{path}': no such file; {Nearest.Hint(path, [Cues, Names])}, or a YAML file of `class: phrase`");

    private static string BuiltIn(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"HkaFer.Training.prompts.{name}.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
