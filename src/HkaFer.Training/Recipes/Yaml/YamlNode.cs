namespace HkaFer.Training;

/// <summary>A piece of YAML that remembers where it stands.</summary>
internal abstract class YamlNode(Place at)
{
    internal Place At { get; } = at;

    /// <summary>For messages.</summary>
    internal abstract string What { get; }
}

/// <summary>Text, quoted or plain.</summary>
internal sealed class YamlScalar(string text, bool isPlain, Place at) : YamlNode(at)
{
    internal string Text { get; } = text;

    /// <summary>Not quoted: numbers, true, false and null are.</summary>
    internal bool IsPlain { get; } = isPlain;

    internal bool IsNull => IsPlain && Text is "" or "~" or "null";

    internal override string What => IsNull ? "nothing" : $"{(IsPlain ? "" : "the text ")}'{(Text.Length > 60 ? Text[..60] + "..." : Text)}'";
}

/// <summary>A list.</summary>
internal sealed class YamlSequence(IReadOnlyList<YamlNode> items, Place at) : YamlNode(at)
{
    internal IReadOnlyList<YamlNode> Items { get; } = items;

    internal override string What => $"a list of {Items.Count}";
}

/// <summary>Keys and values in the order of the file.</summary>
internal sealed class YamlMapping(Place at) : YamlNode(at)
{
    private readonly List<(YamlScalar Key, YamlNode Value)> _entries = [];

    internal IReadOnlyList<(YamlScalar Key, YamlNode Value)> Entries => _entries;

    internal override string What => "a mapping";

    internal YamlNode? this[string key] => _entries.Find(e => e.Key.Text == key).Value;

    internal YamlScalar? KeyOf(string key) => _entries.Find(e => e.Key.Text == key).Key;

    internal void Add(YamlScalar key, YamlNode value) => _entries.Add((key, value));

    /// <summary>Replaces a value, or adds it.</summary>
    internal void Set(YamlScalar key, YamlNode value)
    {
        int index = _entries.FindIndex(e => e.Key.Text == key.Text);
        if (index < 0)
        {
            _entries.Add((key, value));
        }
        else
        {
            _entries[index] = (key, value);
        }
    }
}
