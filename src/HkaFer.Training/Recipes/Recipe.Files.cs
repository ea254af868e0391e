using HkaFer.Adapters;

namespace HkaFer.Training;

// Reading and writing.
public sealed partial record Recipe
{
    /// <summary>Reads a recipe to train with: everything is checked before any work begins.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">
    /// The file cannot be read, a key is not known, a value has the wrong type or is out of range, options exclude each other, or the data or the
    /// backbone is missing. The message has line and column, or the override.
    /// </exception>
    public static Recipe Load(string path, IEnumerable<string>? sets = null)
    {
        Recipe recipe = Open(path, sets, out RecipeBinder binder);
        RecipeCheck.Complete(recipe, binder.PlaceOf);
        return recipe;
    }

    /// <summary>As <see cref="Load"/>, but the recipe need not be complete.</summary>
    internal static Recipe Open(string path, IEnumerable<string>? sets, out RecipeBinder binder)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(RecipeText.Read(path), path, sets, out binder);
    }

    /// <summary>Reads a recipe from its text. Unlike <see cref="Load"/> it need not name data and backbone.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">As <see cref="Load"/>.</exception>
    public static Recipe Parse(string yaml, string source = "recipe", IEnumerable<string>? sets = null)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        return Read(yaml, source, sets, out _);
    }

    /// <summary>A changed copy: <c>recipe.With("training.epochs=10", "method=lora")</c>.</summary>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">A key is not known, or a value is not possible.</exception>
    public Recipe With(params string[] sets) => Read(RecipeWriter.Write(this), "recipe", sets, out _, madeInCode: true);

    /// <summary>Checks the values of a recipe that was made in code.</summary>
    /// <exception cref="HkaFerException">A value is out of range, or options exclude each other.</exception>
    public void Check() => RecipeCheck.Values(this, _ => "recipe");

    /// <summary>
    /// The recipe as YAML: every key, always in the same order, with the defaults that depend on other options filled in. Reading it gives an
    /// equal recipe.
    /// </summary>
    public string ToYaml() => RecipeWriter.Write(this with { Method = Method.Resolved() });

    // madeInCode: whether the text has every key only because a record has every property. The sizes then decide how many adapters there are, as
    // they do in the record, unless an override (which has no line) asks for a number.
    private static Recipe Read(string yaml, string source, IEnumerable<string>? sets, out RecipeBinder binder, bool madeInCode = false)
    {
        Recipe recipe = RecipeText.Bind<Recipe>(yaml, source, sets, out binder);
        RecipeCheck.Values(recipe, binder.PlaceOf);
        if (recipe.Method.Adapter is KroneckerConfig { Sizes.Count: > 0 } k && k.Count != k.Adapters
            && binder.Written("method.adapters") is { } place && (place.Line == 0 || !madeInCode))
        {
            throw new HkaFerException(
                $"{place}: method.adapters is {k.Adapters} but method.sizes lists {k.Count}; " +
                "give one of them, or as many sizes");
        }

        return recipe;
    }
}
