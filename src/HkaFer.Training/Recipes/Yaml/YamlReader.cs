using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HkaFer.Training;

/// <summary>
/// One YAML document as a tree that remembers lines. Strict: what a recipe has no use for (anchors, tags, several documents, deep nesting) is an
/// error by name, so that no file can make a small text a large tree.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>A recipe nests four deep.</summary>
    private const int MaxDepth = 16;

    private const string Remedy = "indent with spaces, and quote text that holds ': ' or ' #', ends in ':' or begins with a sign";

    private readonly Parser _parser;
    private readonly string _source;

    private YamlReader(string text, string source)
    {
        _parser = new Parser(new StringReader(text));
        _source = source;
    }

    /// <summary>The document, or null where there is none.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">For messages.</param>
    /// <exception cref="HkaFerException">It is not YAML, or has what a recipe must not have; with line and column.</exception>
    internal static YamlNode? Read(string text, string source)
    {
        var reader = new YamlReader(text, source);
        try
        {
            return reader.Document();
        }
        catch (YamlException e)
        {
            // The library gives the place of the mapping that a tab spoils, and people look for the tab.
            Place at = e.Message.Contains(" tab ", StringComparison.Ordinal) && TabIn(text) is { } line
                ? new Place(source, line, 1)
                : new Place(source, e.Start.Line, e.Start.Column);
            throw new HkaFerException($"{at}: is not YAML: {e.Message.TrimEnd('.')}; {Remedy}", e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            // The scanner meets some broken text unprepared, such as a list that is never closed; it still knows how far it came.
            Place at = reader._parser.Current is { } last ? reader.At(last) : new Place(source, 1, 1);
            throw new HkaFerException($"{at}: what follows is not YAML, such as a bracket that is not closed; {Remedy}", e);
        }
    }

    private static long? TabIn(string text)
    {
        int line = Array.FindIndex(text.Split('\n'), l => l.AsSpan().TrimStart(' ').StartsWith("\t"));
        return line < 0 ? null : line + 1;
    }

    private YamlNode? Document()
    {
        Next<StreamStart>();
        if (Peek() is StreamEnd)
        {
            return null;
        }

        Next<DocumentStart>();
        YamlNode node = Node(0);
        Next<DocumentEnd>();
        return Peek() is StreamEnd ? node : throw Bad(Peek(), "holds more than one document; a recipe is one");
    }

    private YamlNode Node(int depth)
    {
        ParsingEvent e = Peek();
        if (e is AnchorAlias || (e is NodeEvent named && !named.Anchor.IsEmpty))
        {
            throw Bad(e, "anchors (&) and aliases (*) are not allowed in a recipe; write the value out, or quote text that begins so");
        }

        if (e is NodeEvent { Tag.IsEmpty: false } tagged && (tagged is not Scalar || !tagged.Tag.IsNonSpecific))
        {
            throw Bad(e, "tags (!) are not allowed in a recipe; quote text that begins so");
        }

        if (depth > MaxDepth)
        {
            throw Bad(e, $"is nested more than {MaxDepth} deep");
        }

        Place at = At(e);
        switch (e)
        {
            case Scalar scalar:
                Next<Scalar>();
                return new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, at);
            case SequenceStart:
                Next<SequenceStart>();
                var items = new List<YamlNode>();
                while (Peek() is not SequenceEnd)
                {
                    items.Add(Node(depth + 1));
                }

                Next<SequenceEnd>();
                return new YamlSequence(items, at);
            case MappingStart:
                Next<MappingStart>();
                return Mapping(new YamlMapping(at), depth);
            default:
                throw Bad(e, $"unexpected {e.GetType().Name}");
        }
    }

    private YamlMapping Mapping(YamlMapping mapping, int depth)
    {
        // Beside the mapping's own list, which is searched one by one: a file may hold a hundred thousand keys.
        var seen = new Dictionary<string, Place>(StringComparer.Ordinal);
        while (Peek() is not MappingEnd)
        {
            ParsingEvent at = Peek();
            if (Node(depth + 1) is not YamlScalar key)
            {
                throw Bad(at, "a key must be text");
            }

            if (!seen.TryAdd(key.Text, key.At))
            {
                throw Bad(at, $"key '{key.Text}' stands twice; first in line {seen[key.Text].Line}");
            }

            mapping.Add(key, Node(depth + 1));
        }

        Next<MappingEnd>();
        return mapping;
    }

    private ParsingEvent Peek() =>
        _parser.Current ?? (_parser.MoveNext() ? _parser.Current! : throw new HkaFerException($"{_source}: ends too early"));

    private void Next<T>()
        where T : ParsingEvent
    {
        if (Peek() is not T)
        {
            throw Bad(Peek(), $"expected {typeof(T).Name}, got {Peek().GetType().Name}");
        }

        _parser.MoveNext();
    }

    private Place At(ParsingEvent e) => new(_source, e.Start.Line, e.Start.Column);

    private HkaFerException Bad(ParsingEvent e, string message) => new($"{At(e)}: {message}");
}
