namespace HkaFer.Training;

// Reading and writing.
public sealed partial record PretrainRecipe
{
    /// <summary>Reads a recipe to train with: everything is checked before any work begins.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">
    /// The file cannot be read, a key is not known, a value has the wrong type or is out of range, or pictures or backbone are not named. The message has line and
    /// column, or the override.
    /// </exception>
    public static PretrainRecipe Load(string path, IEnumerable<string>? sets = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PretrainRecipe recipe = Parse(RecipeText.Read(path), path, sets, out RecipeBinder binder);
        PretrainCheck.Complete(recipe, binder.PlaceOf);
        return recipe;
    }

    /// <summary>Reads a recipe from its text. Unlike <see cref="Load"/> it need not name pictures and backbone.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <param name="sets">Overrides, each <c>key.path=value</c>, the later ones winning.</param>
    /// <exception cref="HkaFerException">As <see cref="Load"/>.</exception>
    public static PretrainRecipe Parse(string yaml, string source = "recipe", IEnumerable<string>? sets = null)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        return Parse(yaml, source, sets, out _);
    }

    /// <summary>Checks the values of a recipe that was made in code.</summary>
    /// <exception cref="HkaFerException">A value is out of range, or options exclude each other.</exception>
    public void Check() => PretrainCheck.Values(this, _ => "recipe");

    /// <summary>The recipe as YAML: every key, always in the same order. Reading it gives an equal recipe.</summary>
    public string ToYaml() => RecipeWriter.Write(this);

    /// <summary>The same settings as a recipe of training has them, with all weights trained.</summary>
    internal Recipe AsTraining() => new()
    {
        Data = new DataSettings { Train = Data.Train, Exclude = Data.Exclude, CacheMb = Data.CacheMb },
        Backbone = Backbone,
        Method = MethodSettings.Full,
        Optimizer = Optimizer,
        Schedule = Schedule,
        Training = new TrainingSettings
        {
            Epochs = Training.Epochs,
            Batch = Training.Batch,
            Accumulate = Training.Accumulate,
            Clip = Training.Clip,
            Ema = Training.Ema,
            ActivationCheckpointing = Training.ActivationCheckpointing,
            Seed = Training.Seed,
            EvalEvery = Training.EvalEvery,
            SaveEvery = Training.SaveEvery,
            EvalBatch = Training.EvalBatch,
        },
        Augmentation = Augmentation,
        Preprocessing = Preprocessing,
    };

    private static PretrainRecipe Parse(string yaml, string source, IEnumerable<string>? sets, out RecipeBinder binder)
    {
        PretrainRecipe recipe = RecipeText.Bind<PretrainRecipe>(yaml, source, sets, out binder);
        PretrainCheck.Values(recipe, binder.PlaceOf);
        return recipe;
    }
}
