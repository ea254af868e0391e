namespace HkaFer.Training;

// Reading and writing.
public sealed partial record AnswerRecipe
{
    /// <summary>Whether a file is such a recipe; false for one that cannot be read, which whoever reads it as another will say.</summary>
    public static bool Is(string path) => RecipeText.HasKey(path, "basic", "compound");

    /// <summary>Reads a recipe to train with: everything is checked before any work begins.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">The file cannot be read, a key is not known, a value is out of range, or data or model are not named.</exception>
    public static AnswerRecipe Load(string path, IEnumerable<string>? sets = null)
    {
        AnswerRecipe recipe = Open(path, sets, out RecipeBinder binder);
        foreach (string problem in AnswerRecipeCheck.Missing(recipe, binder.PlaceOf))
        {
            throw new HkaFerException(problem);
        }

        return recipe;
    }

    /// <summary>Reads a recipe from its text; it need not name data and model.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">As <see cref="Load"/>.</exception>
    public static AnswerRecipe Parse(string yaml, string source = "recipe", IEnumerable<string>? sets = null) => Read(yaml, source, sets, out _);

    /// <summary>A changed copy: <c>recipe.With("compound.rank=4", "basic=null")</c>.</summary>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">A key is not known, or a value is not possible.</exception>
    public AnswerRecipe With(params string[] sets) => Read(ToYaml(), "recipe", sets, out _);

    /// <summary>The recipe as YAML: every key, always in the same order. Reading it gives an equal recipe.</summary>
    public string ToYaml() => RecipeWriter.Write(this);

    /// <summary>Checks the values of a recipe that was made in code.</summary>
    /// <exception cref="HkaFerException">A value is out of range.</exception>
    public void Check() => AnswerRecipeCheck.Values(this, _ => "recipe");

    /// <summary>As <see cref="Load"/>, but the recipe need not be complete.</summary>
    internal static AnswerRecipe Open(string path, IEnumerable<string>? sets, out RecipeBinder binder)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(RecipeText.Read(path), path, sets, out binder);
    }

    private static AnswerRecipe Read(string yaml, string source, IEnumerable<string>? sets, out RecipeBinder binder)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        AnswerRecipe recipe = RecipeText.Bind<AnswerRecipe>(yaml, source, sets, out binder);
        AnswerRecipeCheck.Values(recipe, binder.PlaceOf);
        return recipe;
    }
}
