namespace HkaFer.Training;

/// <summary>Puts <c>key.path=value</c> into a tree of YAML, where the same rules then judge it.</summary>
internal static class RecipeOverride
{
    /// <summary>Replaces or adds one value. Text is taken as it is; everything else is read as YAML (<c>method.sizes=[[16, 32]]</c>).</summary>
    /// <param name="root">The tree.</param>
    /// <param name="set">The override.</param>
    /// <param name="recipe">The record that the tree is of.</param>
    /// <exception cref="HkaFerException">It is not <c>key=value</c>, or a key on the way has no keys below it.</exception>
    internal static void Apply(YamlMapping root, string set, Type recipe)
    {
        ArgumentNullException.ThrowIfNull(set);
        int equals = set.IndexOf('=');
        if (equals < 1)
        {
            throw new HkaFerException($"--set {set}: expected KEY=VALUE, for example training.epochs=10");
        }

        string[] keys = set[..equals].Trim().Split('.');
        var at = new Place($"--set {string.Join('.', keys)}");
        YamlMapping section = root;
        Type? type = recipe;
        for (int i = 0; i < keys.Length - 1; i++)
        {
            type = TypeOf(type, keys[i]);
            section = Enter(section, keys[i], type, at);
        }

        section.Set(new YamlScalar(keys[^1], true, at), Value(set[(equals + 1)..].Trim(), TypeOf(type, keys[^1]), at));
    }

    private static YamlMapping Enter(YamlMapping section, string key, Type? type, Place at)
    {
        YamlNode? child = section[key];
        if (child is YamlMapping mapping)
        {
            return mapping;
        }

        if (type is not null && !RecipeSchema.IsSection(type))
        {
            throw new HkaFerException($"{at}: '{key}' is a value and has no keys below it");
        }

        var below = new YamlMapping(at);
        if (child is YamlScalar { IsNull: false } alone && type is not null && RecipeSchema.ShorthandOf(type) is { } first)
        {
            // `method: lora` in the file and `method.rank=8` here belong together.
            below.Add(new YamlScalar(first, true, alone.At), alone);
        }

        section.Set(section.KeyOf(key) ?? new YamlScalar(key, true, at), below);
        return below;
    }

    // Paths hold what YAML gives a meaning to (a leading @ or *, ': ', ' #'), so text is not read as YAML.
    private static YamlNode Value(string text, Type? type, Place at) =>
        type == typeof(string) || (type is not null && RecipeSchema.IsSection(type) && !text.StartsWith('{'))
            ? new YamlScalar(text, isPlain: text == "null", at)
            : Moved(YamlReader.Read(text, at.Source) ?? new YamlScalar("", true, at), at);

    // Lines and columns inside an override say nothing to its writer.
    private static YamlNode Moved(YamlNode node, Place at)
    {
        switch (node)
        {
            case YamlScalar scalar:
                return new YamlScalar(scalar.Text, scalar.IsPlain, at);
            case YamlSequence list:
                return new YamlSequence([.. list.Items.Select(item => Moved(item, at))], at);
            default:
                var mapping = new YamlMapping(at);
                foreach ((YamlScalar key, YamlNode value) in ((YamlMapping)node).Entries)
                {
                    mapping.Add((YamlScalar)Moved(key, at), Moved(value, at));
                }

                return mapping;
        }
    }

    /// <summary>The type of a key below a section, whichever kind it has; null where there is no such key.</summary>
    private static Type? TypeOf(Type? section, string key)
    {
        if (section is null || !RecipeSchema.IsSection(section))
        {
            return null;
        }

        IReadOnlyList<RecipeKind> kinds = RecipeSchema.KindsOf(section);
        if (kinds.Count > 0 && key == RecipeSchema.KindKey)
        {
            return typeof(string);
        }

        IEnumerable<RecipeKey> keys = kinds.Count > 0 ? kinds.SelectMany(RecipeSchema.KeysOf) : RecipeSchema.KeysOf(section);
        return keys.FirstOrDefault(k => k.Name == key)?.Type;
    }
}
