namespace HkaFer.Training;

/// <summary>The training of a recipe as a part of an experiment.</summary>
/// <param name="name">Name of its folder.</param>
/// <param name="recipe">All settings.</param>
/// <param name="trainable">Weights that it trains.</param>
/// <param name="identity">Knows the data and the backbones of today.</param>
internal sealed class RecipeRun(string name, Recipe recipe, long? trainable, RunIdentity identity) : FolderRun(name)
{
    /// <summary>All settings.</summary>
    internal Recipe Recipe { get; } = recipe;

    public override long? Trainable => trainable;

    public override string Description => $"{Recipe.Method.Kind}, {Recipe.Backbone.Folder}, {Recipe.Data.Train}, {Recipe.Epochs} epoch{(Recipe.Epochs == 1 ? "" : "s")}, seed {Recipe.Training.Seed}";

    public override string Kin => (Recipe with { Training = Recipe.Training with { Seed = 0 } }).ToYaml();

    public override void CheckDone(string folder, Func<PlannedRun, string> place) => identity.Check(folder, Recipe);

    private protected override bool Train(string folder, bool resume, Func<PlannedRun, string> place, IProgress<TrainingProgress>? progress, CancellationToken cancel) =>
        !TrainingRun.Execute(Recipe, folder, resume, progress, cancel: cancel).Interrupted;
}
