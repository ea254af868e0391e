using System.Globalization;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>What the values of an <see cref="AnswerRecipe"/> must satisfy beyond their types.</summary>
internal sealed class AnswerRecipeCheck
{
    private readonly Func<string, string> _placeOf;

    private AnswerRecipeCheck(Func<string, string> placeOf) => _placeOf = placeOf;

    /// <summary>Checks all values.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="placeOf">Where a key stands, for messages.</param>
    /// <exception cref="HkaFerException">A value is out of range.</exception>
    internal static void Values(AnswerRecipe recipe, Func<string, string> placeOf)
    {
        var check = new AnswerRecipeCheck(placeOf);
        check.That(recipe.Stages.Count > 0, "compound", "and basic are both null; a run needs at least one stage");
        check.Range(recipe.Preprocessing.MaxPixels, 16, (double)ImageLimits.Default.MaxPixels, "preprocessing.max_pixels");
        check.Range(recipe.Preprocessing.MinPixels ?? 1, 1, recipe.Preprocessing.MaxPixels, "preprocessing.min_pixels");
        AnswerTraining training = recipe.Training;
        check.Range(training.Accumulate, 1, 1 << 16, "training.accumulate");
        check.Range(training.Warmup, 0, 1, "training.warmup");
        check.Range(training.WeightDecay, 0, 1000, "training.weight_decay");
        check.That(training.Clip is null or (> 0 and < 1e9), "training.clip", $"must be above 0, or null for none; got {Text(training.Clip ?? 0)}");
        check.That(training.Dropout is >= 0 and < 1, "training.dropout", $"must be from 0 to below 1; got {Text(training.Dropout)}");
        check.Range(training.EvalEvery, 1, 100_000, "training.eval_every");
        check.Range(training.SaveEvery, 0, int.MaxValue, "training.save_every");
        foreach (AnswerStage stage in recipe.Stages)
        {
            check.Range(stage.Rank, 1, 1 << 16, $"{stage.Name}.rank");
            check.That(stage.Alpha is null or (> 0 and < 1e9), $"{stage.Name}.alpha", $"must be above 0; got {Text(stage.Alpha ?? 0)}");
            check.Range(stage.Epochs, 1, 100_000, $"{stage.Name}.epochs");
            check.That(stage.LearningRate is > 0 and <= 1000, $"{stage.Name}.learning_rate", $"must be above 0 and at most 1000; got {Text(stage.LearningRate)}");
            check.That(
                stage.Data.Train.Distinct(StringComparer.Ordinal).Count() == stage.Data.Train.Count, $"{stage.Name}.data.train",
                "names a source twice, whose pictures would count double");
            check.Range(stage.Data.CacheMb, 0, 1 << 20, $"{stage.Name}.data.cache_mb");
        }
    }

    /// <summary>What a recipe lacks to be trained with, as far as can be told without data and model.</summary>
    internal static IEnumerable<string> Missing(AnswerRecipe recipe, Func<string, string> placeOf)
    {
        if (string.IsNullOrWhiteSpace(recipe.Backbone))
        {
            yield return $"{placeOf("backbone")}: backbone is missing; give the checkpoint of a Qwen2-VL or Qwen2.5-VL";
        }

        foreach (AnswerStage stage in recipe.Stages)
        {
            string key = $"{stage.Name}.data.train";
            if (stage.Data.Train.Count == 0)
            {
                yield return $"{placeOf(key)}: {key} is missing; give KIND:PATH, for example {(stage is CompoundStage ? "rafdb-compound" : "rafdb")}:/data/raf-db, or take the stage out ({stage.Name}: null)";
            }

            foreach (string source in stage.Data.Train)
            {
                if (Problem(source) is { } problem)
                {
                    yield return $"{placeOf(key)}: {key}: {problem}";
                }
            }
        }
    }

    private static string? Problem(string source)
    {
        try
        {
            DataSource.Parse(source);
            return null;
        }
        catch (HkaFerException e)
        {
            return e.Message;
        }
    }

    private void Range(double value, double low, double high, string path) =>
        That(value >= low && value <= high, path, FormattableString.Invariant($"must be from {low} to {high}; got {value}"));

    private void That(bool holds, string path, string message)
    {
        if (!holds)
        {
            throw new HkaFerException($"{_placeOf(path)}: {path} {message}");
        }
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
