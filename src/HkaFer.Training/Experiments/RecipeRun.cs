using System.Text.Json;

namespace HkaFer.Training;

/// <summary>The training of a recipe as a part of an experiment.</summary>
/// <param name="name">Name of its folder.</param>
/// <param name="recipe">All settings.</param>
/// <param name="trainable">Weights that it trains.</param>
/// <param name="identity">Knows the data and the backbones of today.</param>
internal class RecipeRun(string name, Recipe recipe, long? trainable, RunIdentity identity) : PlannedRun(name)
{
    /// <summary>All settings.</summary>
    internal Recipe Recipe { get; } = recipe;

    public override long? Trainable => trainable;

    public override string Description => $"{Recipe.Method.Kind}, {Recipe.Backbone.Folder}, {Recipe.Data.Train}, {Recipe.Epochs} epoch{(Recipe.Epochs == 1 ? "" : "s")}, seed {Recipe.Training.Seed}";

    public override string Kin => (Recipe with { Training = Recipe.Training with { Seed = 0 } }).ToYaml();

    public override RunStanding Standing(string folder)
    {
        if (!RunFolder.IsRun(folder))
        {
            return new RunStanding(RunState.New);
        }

        JsonElement summary = new RunFolder(folder).ReadSummary();
        return new RunStanding(
            summary.Text("status") == "done" ? RunState.Done : RunState.Begun, (long?)summary.Number("trainable"), summary.At("timing")?.Number("seconds"));
    }

    public override void CheckDone(string folder) => identity.Check(folder, Recipe);

    /// <summary>What a reader of its scores must know of it, once it is done.</summary>
    /// <param name="folder">Its folder.</param>
    internal virtual IEnumerable<string> Notes(string folder) => [];

    public override bool Execute(string folder, Func<PlannedRun, string> place, IProgress<TrainingProgress>? progress, CancellationToken cancel) =>
        Train(Recipe, folder, progress, cancel);

    /// <summary>Trains a recipe to the end.</summary>
    /// <returns>Whether it is done; false where it was stopped.</returns>
    private protected static bool Train(Recipe recipe, string folder, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        try
        {
            return !TrainingRun.Execute(recipe, folder, resume: RunFolder.IsRun(folder), progress, cancel: cancel).Interrupted;
        }
        catch (HkaFerException e) when (e.Data[RunFingerprint.Difference] is string difference)
        {
            throw new HkaFerException($"{difference}; or take this folder away to train it again: the other runs stay", e);
        }
    }
}
