using System.Globalization;
using System.Reflection;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>Makes records of a tree of YAML; what does not fit is an error that says where. Remembers where keys stood, for later checks.</summary>
internal sealed class RecipeBinder
{
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <summary>What the whole tree is bound to: where else a key that is not known here may belong.</summary>
    private Type? _whole;

    /// <summary>Where a key stands, or the nearest section around it that was written; for messages.</summary>
    internal string PlaceOf(string path)
    {
        for (string at = path; ; at = at[..Math.Max(0, at.LastIndexOf('.'))])
        {
            if (_places.TryGetValue(at, out Place place))
            {
                return place.ToString();
            }

            if (at.Length == 0)
            {
                return "recipe";
            }
        }
    }

    /// <summary>Where exactly a key was written, or null where it was not.</summary>
    internal Place? Written(string path) => _places.TryGetValue(path, out Place place) ? place : null;

    /// <summary>Whether a key was written.</summary>
    internal bool Has(string path) => _places.ContainsKey(path);

    /// <summary>The value of a node.</summary>
    /// <param name="node">What was written.</param>
    /// <param name="type">What is wanted.</param>
    /// <param name="path">Keys on the way, joined by dots.</param>
    /// <param name="current">The default, which a section without <c>kind</c> takes its kind and the values that it does not name from.</param>
    /// <exception cref="HkaFerException">It does not fit.</exception>
    internal object? Bind(YamlNode node, Type type, string path, object? current)
    {
        _places[path] = node.At;
        _whole ??= type;
        if (RecipeSchema.IsSection(type))
        {
            YamlMapping section = Section(node, type, path);
            return RecipeSchema.KindsOf(type).Count > 0 ? BindKind(section, type, path, current) : BindKeys(
                section, RecipeSchema.KeysOf(type), Activator.CreateInstance(type)!, path, _ => "");
        }

        if (RecipeSchema.IsList(type, out Type element))
        {
            return BindList(node, element, path);
        }

        if (type == typeof(ClassWeights))
        {
            return Weights(node, path);
        }

        if (RecipeSchema.PairOf(type) is { } constructor)
        {
            Type[] parts = [.. constructor.GetParameters().Select(p => p.ParameterType)];
            return node is YamlSequence { Items.Count: 2 } pair
                ? constructor.Invoke([Bind(pair.Items[0], parts[0], path, null), Bind(pair.Items[1], parts[1], path, null)])
                : throw Wrong(node, path, "a pair such as [1, 2]");
        }

        return node is YamlScalar scalar
            ? Scalar(scalar, Nullable.GetUnderlyingType(type) ?? type, path)
            : throw Wrong(node, path, Expected(Nullable.GetUnderlyingType(type) ?? type));
    }

    private static YamlMapping Section(YamlNode node, Type type, string path)
    {
        if (node is YamlMapping mapping)
        {
            return mapping;
        }

        if (node is YamlScalar { IsNull: false } scalar && RecipeSchema.ShorthandOf(type) is { } first)
        {
            var section = new YamlMapping(scalar.At);
            section.Add(new YamlScalar(first, true, scalar.At), scalar);
            return section;
        }

        throw Wrong(node, path, "a section of keys");
    }

    private object BindKind(YamlMapping section, Type type, string path, object? current)
    {
        IReadOnlyList<RecipeKind> kinds = RecipeSchema.KindsOf(type);
        (RecipeKind kind, object? own) = RecipeSchema.KindOf(type, current!);
        object? body = RecipeSchema.Copy(own);
        if (section[RecipeSchema.KindKey] is { } named)
        {
            _places[$"{path}.{RecipeSchema.KindKey}"] = named.At;
            string name = named is YamlScalar { IsNull: false } scalar
                ? scalar.Text
                : throw Wrong(named, $"{path}.{RecipeSchema.KindKey}", "a name");
            kind = kinds.FirstOrDefault(k => k.Name == name) ?? throw new HkaFerException(
                $"{Where(named, path)}: unknown {RecipeSchema.KindKey} '{name}'; {Nearest.Hint(name, kinds.Select(k => k.Name))}");
            body = kind.Create();
        }

        body = BindKeys(section, RecipeSchema.KeysOf(kind), body, path, key =>
        {
            string[] owners = [.. kinds.Where(k => RecipeSchema.KeysOf(k).Any(x => x.Name == key)).Select(k => k.Name)];
            return owners.Length == 0
                ? ""
                : $" of {kind.Name}; it belongs to {string.Join(", ", owners)}: take the key away, or change {path}.kind";
        });
        return kind.Wrap(body);
    }

    // elsewhere: what to say of a key that this section does not have but another of its kinds does.
    private object? BindKeys(YamlMapping section, IReadOnlyList<RecipeKey> keys, object? target, string path, Func<string, string> elsewhere)
    {
        foreach ((YamlScalar name, YamlNode value) in section.Entries)
        {
            if (name.Text == RecipeSchema.KindKey && keys.All(k => k.Name != RecipeSchema.KindKey) && Has($"{path}.{RecipeSchema.KindKey}"))
            {
                continue;
            }

            RecipeKey key = keys.FirstOrDefault(k => k.Name == name.Text)
                ?? throw Unknown(name, path, elsewhere(name.Text) is { Length: > 0 } told ? told : Elsewhere(name.Text, keys), keys.Select(k => k.Name));
            string below = path.Length == 0 ? key.Name : $"{path}.{key.Name}";
            if (value is YamlScalar { IsNull: true })
            {
                _places[below] = value.At;
                key.Property.SetValue(target, key.AllowsNull ? null : throw Wrong(value, below, Expected(key.Type)));
                continue;
            }

            key.Property.SetValue(target, Bind(value, key.Type, below, key.Property.GetValue(target)));
        }

        RecipeKey? missing = keys.FirstOrDefault(k => k.IsRequired && section[k.Name] is null);
        return missing is null ? target : throw new HkaFerException($"{Where(section, path)}: {missing.Name} is missing");
    }

    // `seed` alone is meant for training.seed, and a list of all keys of a recipe would not say so; nor would those of `training` where a stage has its own epochs.
    private string Elsewhere(string name, IReadOnlyList<RecipeKey> keys)
    {
        string[] places = Nearest.Of(name, keys.Select(k => k.Name)) is not null ? []
            : [.. RecipeSchema.KeysOf(_whole!).Where(k => RecipeSchema.IsSection(k.Type) && Has(k.Type)).Select(k => $"{k.Name}.{name}")];
        return places.Length == 0 ? "" : $"; did you mean {string.Join(" or ", places)}?";

        bool Has(Type section) => RecipeSchema.KeysOf(section).Concat(RecipeSchema.KindsOf(section).SelectMany(RecipeSchema.KeysOf)).Any(key => key.Name == name);
    }

    private Array BindList(YamlNode node, Type element, string path)
    {
        if (node is YamlScalar { IsNull: false } alone && element == typeof(string))
        {
            // One of something needs no brackets.
            return new[] { alone.Text };
        }

        if (node is not YamlSequence list)
        {
            throw Wrong(node, path, "a list such as [a, b]");
        }

        var items = Array.CreateInstance(element, list.Items.Count);
        for (int i = 0; i < items.Length; i++)
        {
            items.SetValue(Bind(list.Items[i], element, $"{path}[{i}]", null), i);
        }

        return items;
    }

    private ClassWeights Weights(YamlNode node, string path)
    {
        if (node is not YamlScalar scalar)
        {
            return node is YamlSequence ? ClassWeights.Of((double[])BindList(node, typeof(double), path)) : throw Wrong(node, path, Expected(typeof(ClassWeights)));
        }

        IEnumerable<string> names = ClassWeights.Named.Select(weights => weights.Name!);
        return ClassWeights.Named.FirstOrDefault(weights => weights.Name == scalar.Text) ?? throw new HkaFerException(
            $"{Where(scalar, path)}: unknown value {scalar.What}; {Nearest.Hint(scalar.Text, names)}, or a list of numbers, one a class");
    }

    private static object Scalar(YamlScalar scalar, Type type, string path)
    {
        string text = scalar.Text;
        if (type == typeof(string))
        {
            return scalar.IsNull ? throw Wrong(scalar, path, Expected(type)) : text;
        }

        if (type.IsEnum)
        {
            IReadOnlyDictionary<string, object> names = RecipeSchema.NamesOf(type);
            return names.TryGetValue(text, out object? value)
                ? value
                : throw new HkaFerException($"{Where(scalar, path)}: unknown value {scalar.What}; {Nearest.Hint(text, names.Keys)}");
        }

        const NumberStyles Whole = NumberStyles.AllowLeadingSign;
        CultureInfo invariant = CultureInfo.InvariantCulture;
        object? result = null;
        if (scalar.IsPlain)
        {
            result = Type.GetTypeCode(type) switch
            {
                TypeCode.Boolean when text is "true" or "false" => text == "true",
                TypeCode.Int32 when int.TryParse(text, Whole, invariant, out int i) => i,
                TypeCode.Int64 when long.TryParse(text, Whole, invariant, out long l) => l,
                TypeCode.UInt64 when ulong.TryParse(text, Whole, invariant, out ulong u) => u,
                TypeCode.Single when float.TryParse(text, NumberStyles.Float, invariant, out float f) && float.IsFinite(f) => f,
                TypeCode.Double when double.TryParse(text, NumberStyles.Float, invariant, out double d) && double.IsFinite(d) => d,
                _ => null,
            };
        }

        return result ?? throw Wrong(scalar, path, Expected(type));
    }

    private static string Expected(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Boolean => "true or false",
        TypeCode.Int32 or TypeCode.Int64 when !type.IsEnum => "a whole number",
        TypeCode.UInt64 => "a whole number from 0",
        TypeCode.Single or TypeCode.Double => "a finite number",
        TypeCode.String => "text",
        _ when type == typeof(ClassWeights) => "none, balanced or a list of numbers, one a class",
        _ when type.IsEnum => $"one of {string.Join(", ", RecipeSchema.NamesOf(type).Keys)}",
        _ => RecipeSchema.IsSection(type) ? "a section of keys" : "a list",
    };

    // An override stands at its own key, which need not be said twice.
    private static string Where(YamlNode node, string path) => $"{node.At}".EndsWith($" {path}", StringComparison.Ordinal) ? $"{node.At}" : $"{node.At}: {path}";

    private static HkaFerException Wrong(YamlNode node, string path, string expected) =>
        new($"{Where(node, path)}: expected {expected}, got {node.What}");

    private static HkaFerException Unknown(YamlScalar name, string path, string elsewhere, IEnumerable<string> known) => new(
        $"{name.At}: unknown key '{(name.Text.Length > 60 ? name.Text[..60] + "..." : name.Text)}'{(path.Length > 0 ? $" in {path}" : "")}" +
        (elsewhere.Length > 0 ? elsewhere : $"; {Nearest.Hint(name.Text, known)}"));
}
