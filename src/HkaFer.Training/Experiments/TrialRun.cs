using System.Text.Json;

namespace HkaFer.Training;

/// <summary>A shorter training that finds out how a learning rate does. One that diverges is an answer too.</summary>
/// <param name="name">Name of its folder.</param>
/// <param name="recipe">All settings.</param>
/// <param name="trainable">Weights that it trains.</param>
/// <param name="identity">Knows the data and the backbones of today.</param>
internal sealed class TrialRun(string name, Recipe recipe, long? trainable, RunIdentity identity) : RecipeRun(name, recipe, trainable, identity)
{
    /// <summary>Share of the training pictures that scores it, and that it does not learn from.</summary>
    internal const double Share = 0.1;

    /// <summary>How long it is.</summary>
    internal const int Length = 3;

    /// <summary>The rate that it tries.</summary>
    internal double Rate => Recipe.Optimizer.LearningRate;

    /// <summary>A recipe at a rate.</summary>
    internal static Recipe At(Recipe recipe, double rate) => recipe with { Optimizer = recipe.Optimizer with { LearningRate = rate } };

    /// <summary>The trial of a rate for a recipe, which reports what the trial never sees.</summary>
    internal static Recipe Of(Recipe recipe, double rate) => At(recipe, rate) with
    {
        Data = recipe.Data with { HeldOut = Share, Valid = null, Test = null },
        Training = recipe.Training with { Epochs = Length, EvalEvery = Length, Seed = 1, Selection = ModelSelection.Last, Patience = null },
    };

    /// <summary>Accuracy at its end on what was set aside; null where it diverged.</summary>
    /// <param name="folder">Its folder, done.</param>
    internal static double? Accuracy(string folder)
    {
        JsonElement summary = new RunFolder(folder).ReadSummary();
        return Diverged(summary) ? null : summary.At("last")?.Number("accuracy");
    }

    public override RunStanding Standing(string folder)
    {
        RunStanding standing = base.Standing(folder);
        return standing.State == RunState.Begun && Diverged(new RunFolder(folder).ReadSummary()) ? standing with { State = RunState.Done } : standing;
    }

    private protected override bool Train(string folder, bool resume, Func<PlannedRun, string> place, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        try
        {
            return base.Train(folder, resume, place, progress, cancel);
        }
        catch (HkaFerException) when (RunFolder.IsRun(folder) && Diverged(new RunFolder(folder).ReadSummary()))
        {
            return true;
        }
    }

    private static bool Diverged(JsonElement summary) => summary.At(RunFolder.DivergedKey)?.ValueKind == JsonValueKind.True;
}
