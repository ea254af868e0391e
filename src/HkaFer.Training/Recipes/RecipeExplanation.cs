using System.Collections;
using System.Text;
using System.Text.Json.Nodes;
using HkaFer.Adapters;

namespace HkaFer.Training;

/// <summary>A resolved recipe with where each value comes from, and what it lacks to be trained with. Neither data nor backbone are touched.</summary>
public sealed class RecipeExplanation
{
    /// <summary>Where the comments stand, unless a value is longer.</summary>
    private const int Column = 44;

    private readonly RecipeBinder _binder;

    private RecipeExplanation(object recipe, RecipeBinder binder, IEnumerable<string> missing)
    {
        _binder = binder;
        Recipe = recipe as Recipe;
        RecipeEntry[] entries = [.. RecipeWriter.Entries(recipe)];
        Values = [.. entries.Where(e => !e.IsHeading).Select(e => new ExplainedValue(e.Path, Json(e.Value), From(e.Path)))];
        Yaml = string.Concat(entries.Select(e => RecipeWriter.Line(e) is var line && e.IsHeading
            ? $"{line}\n"
            : $"{line.PadRight(Column)}  # {From(e.Path)}\n"));
        Missing = [.. missing];
    }

    /// <summary>The recipe, with the defaults that depend on other options filled in; null where it is one with stages.</summary>
    public Recipe? Recipe { get; }

    /// <summary>Every key and value in the order of the file.</summary>
    public IReadOnlyList<ExplainedValue> Values { get; }

    /// <summary>The recipe as YAML, with a comment behind every value. Reading it gives an equal recipe.</summary>
    public string Yaml { get; }

    /// <summary>What must be added before the recipe can be trained with; empty where nothing is.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Reads and explains a recipe.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">As <see cref="Recipe.Load"/>, but for a recipe that is not complete.</exception>
    public static RecipeExplanation Load(string path, IEnumerable<string>? sets = null)
    {
        if (AnswerRecipe.Is(path))
        {
            AnswerRecipe staged = AnswerRecipe.Open(path, sets, out RecipeBinder places);
            return new RecipeExplanation(staged, places, AnswerRecipeCheck.Missing(staged, places.PlaceOf));
        }

        Recipe recipe = Recipe.Open(path, sets, out RecipeBinder binder);
        return new RecipeExplanation(recipe with { Method = recipe.Method.Resolved() }, binder, RecipeCheck.Missing(recipe, binder.PlaceOf));
    }

    private string From(string path)
    {
        if (_binder.Written(path) is { } place)
        {
            return From(place);
        }

        // The one default that another key of the same section decides in the file's stead.
        return path == "method.adapters" && Recipe?.Method.Adapter is KroneckerConfig { Sizes.Count: > 0 } && _binder.Written("method.sizes") is { } sizes
            ? $"{From(sizes)} (method.sizes)"
            : "default";
    }

    // An override has no line, and its source is the key that stands on this very line.
    private static string From(Place place)
    {
        if (place.Line == 0)
        {
            return "--set";
        }

        var text = new StringBuilder();
        foreach (char letter in place.Source)
        {
            text.Append(char.IsControl(letter) || letter is '\u2028' or '\u2029' ? '?' : letter);
        }

        return $"{text}:{place.Line}";
    }

    private static JsonNode? Json(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        Enum name => JsonValue.Create(RecipeSchema.NameOf(name)),
        ClassWeights weights => weights.Name is { } name ? JsonValue.Create(name) : Json(weights.Values),
        IEnumerable list => new JsonArray([.. list.Cast<object>().Select(Json)]),
        double number => JsonValue.Create(number),
        float number => JsonValue.Create(number),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        ulong number => JsonValue.Create(number),
        _ => new JsonArray([.. RecipeSchema.PartsOf(value).Select(Json)]),
    };
}
