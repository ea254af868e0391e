namespace HkaFer.Training;

/// <summary>
/// All settings of a run that makes a small Qwen2-VL from nothing which describes drawn faces part by part and knows no name of an expression: a base to try
/// <see cref="AnswerRecipe"/> on without a download.
/// </summary>
/// <remarks>A file with the key <c>describe</c> is such a recipe.</remarks>
public sealed record DescribeRecipe
{
    /// <summary>What is drawn.</summary>
    public DescribeFaces Describe { get; init; } = new();

    /// <summary>Sizes of the model.</summary>
    public DescribeModel Model { get; init; } = new();

    /// <summary>Length and course.</summary>
    public DescribeTraining Training { get; init; } = new();

    /// <summary>Where to write the finished model in bfloat16; nowhere where not given (it is in the run's <c>last/backbone</c> all the same).</summary>
    public string? Save { get; init; }

    /// <summary>Whether a file is such a recipe.</summary>
    public static bool Is(string path) => RecipeText.HasKey(path, "describe");

    /// <summary>Reads a recipe.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">The file cannot be read, a key is not known, or a value is not possible.</exception>
    public static DescribeRecipe Load(string path, IEnumerable<string>? sets = null)
    {
        DescribeRecipe recipe = RecipeText.Bind<DescribeRecipe>(RecipeText.Read(path), path, sets, out _);
        recipe.Check();
        return recipe;
    }

    /// <summary>The recipe as YAML: every key, always in the same order.</summary>
    public string ToYaml() => RecipeWriter.Write(this);

    /// <summary>Checks the values.</summary>
    /// <exception cref="HkaFerException">A value is not possible.</exception>
    public void Check()
    {
        That(Describe is { Count: > 0 and <= 10_000_000, Held: > 0 and <= 100_000, Size: >= 16 and <= 1024 }, "describe", "count and held must be above 0, size from 16 to 1024");
        That(Model.Vocabulary is >= 263 and <= 1000, "model.vocabulary", "must be from 263 to 1000");
        That(Model is { Patch: > 0 and <= 64, Width: > 0 and <= 4096, Depth: > 0 and <= 64, Heads: > 0, VisionWidth: > 0 and <= 4096, VisionDepth: > 0 and <= 64, VisionHeads: > 0 }
            && Model.Width % Model.Heads == 0 && Model.Width / Model.Heads % 4 == 0 && Model.VisionWidth % Model.VisionHeads == 0 && Model.VisionWidth / Model.VisionHeads % 4 == 0,
            "model", "widths must be multiples of four times the heads");
        That(Training is { Epochs: > 0 and <= 100_000, Accumulate: > 0 and <= 65536, LearningRate: > 0 and <= 1000 }, "training", "epochs, accumulate and learning_rate must be above 0");
        That(Training.PartsEpochs >= 0 && Training.PartsEpochs < Training.Epochs, "training.parts_epochs", "must be from 0 to below the epochs: the language model learns in the others");

        static void That(bool holds, string key, string message)
        {
            if (!holds)
            {
                throw new HkaFerException($"recipe: {key}: {message}");
            }
        }
    }
}
