using System.Diagnostics;
using System.Reflection;
using HkaFer.Adapters;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>
/// The demonstration that needs nothing but the program: the small model in the box, which has learned from photographs of faces, is adapted to generated ones of a
/// drawing style of their own, by a linear probe, LoRA and HeKA in turn.
/// </summary>
public static class Quickstart
{
    private const string Resource = "HkaFer.Training.quickstart.yaml";

    /// <summary>LoRA has a rate of its own: at the recipe's it diverged on the backbone that the settings were chosen with.</summary>
    private const double LoraRate = 3e-3;

    /// <summary>The recipe of all three methods: <c>recipes/quickstart.yaml</c>.</summary>
    public static string RecipeText
    {
        get
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>The methods, in the order of the table.</summary>
    public static IReadOnlyList<MethodSettings> Methods { get; } = [MethodSettings.Linear, new LoRA { Rank = 8 }, new HeKA()];

    /// <summary>Trains all methods, each in a run folder of its own, and predicts with the HeKA adapter that was saved.</summary>
    /// <param name="folder">Made where it does not exist; must be empty.</param>
    /// <param name="seed">Of initial values, order, augmentation, and the faces that are predicted.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops after the step under way.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static QuickstartResult Run(
        string folder, ulong seed = 1, IProgress<QuickstartProgress>? progress = null, CancellationToken cancel = default)
    {
        return Run(Recipe.Parse(RecipeText, "quickstart"), folder, seed, progress, cancel);
    }

    internal static QuickstartResult Run(
        Recipe recipe, string folder, ulong seed, IProgress<QuickstartProgress>? progress, CancellationToken cancel)
    {
        new RunFolder(folder).CheckUnused();
        var watch = Stopwatch.StartNew();
        RunData data = RunData.Open(recipe.Data).Cached(recipe.Data);
        var rows = new List<QuickstartRow>();
        foreach (MethodSettings method in Methods)
        {
            RunResult run = TrainingRun.Execute(
                Settings(recipe, method, seed),
                Path.Combine(folder, method.Kind), false,
                progress is null ? null : new DirectProgress<TrainingProgress>(p => progress.Report(new QuickstartProgress(method.Kind, p))),
                null, data, null, cancel);
            cancel.ThrowIfCancellationRequested();
            rows.Add(new QuickstartRow(method.Kind, run.Trainable, run.Last!.Accuracy, run.Last.MacroF1, run.Seconds));
        }

        string heka = Path.Combine(folder, "heka"), adapter = new RunFolder(heka).Last;
        ExpressionModel model = ExpressionModel.Load(adapter);
        return new QuickstartResult
        {
            Rows = rows,
            Accuracy = rows[^1].Accuracy,
            Chance = 1.0 / model.Labels.Count,
            Run = heka,
            Adapter = adapter,
            Predictions = Predict(model, data.Scored!, seed, Path.Combine(folder, "faces")),
            Seconds = watch.Elapsed.TotalSeconds,
        };
    }

    /// <summary>What one method trains with.</summary>
    internal static Recipe Settings(Recipe recipe, MethodSettings method, ulong seed) => recipe with
    {
        Method = method,
        Optimizer = method.Adapter is LoRA ? recipe.Optimizer with { LearningRate = LoraRate } : recipe.Optimizer,
        Training = recipe.Training with { Seed = seed },
    };

    /// <summary>
    /// Draws a held-out face of each class into a file, and says what the model makes of it. Which one the seed decides before any model has
    /// seen it, so that nobody chose the faces by the answers.
    /// </summary>
    private static List<QuickstartPrediction> Predict(ExpressionModel model, ImageDataset faces, ulong seed, string folder)
    {
        var predictions = new List<QuickstartPrediction>();
        foreach (int i in Shuffle.Order(faces.Count, seed).DistinctBy(i => faces[i].Label).OrderBy(i => faces[i].Label))
        {
            string truth = faces.Classes[faces[i].Label], path = Path.Combine(folder, $"{truth}.png");
            Image face = faces.Load(i);
            face.SavePng(path);
            predictions.Add(new QuickstartPrediction(path, i, truth, model.Predict(face)));
        }

        return predictions;
    }
}
