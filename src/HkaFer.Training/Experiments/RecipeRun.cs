namespace HkaFer.Training;

/// <summary>The training of a recipe as a part of an experiment.</summary>
/// <param name="name">Name of its folder.</param>
/// <param name="recipe">All settings.</param>
/// <param name="trainable">Weights that it trains.</param>
/// <param name="identity">Knows the data and the backbones of today.</param>
internal class RecipeRun(string name, Recipe recipe, long? trainable, RunIdentity identity) : FolderRun(name)
{
    /// <summary>All settings.</summary>
    internal Recipe Recipe { get; } = recipe;

    public override long? Trainable => trainable;

    public override string Description => $"{Recipe.Method.Kind}, {Recipe.Backbone.Folder}, {Recipe.Data.Train}, {Recipe.Epochs} epoch{(Recipe.Epochs == 1 ? "" : "s")}, seed {Recipe.Training.Seed}";

    public override string Kin => (Recipe with { Training = Recipe.Training with { Seed = 0 } }).ToYaml();

    public override void CheckDone(string folder, Func<PlannedRun, string> place) => identity.Check(folder, Recipe);

    /// <summary>What a reader of its scores must know of it, once it is done.</summary>
    /// <param name="folder">Its folder.</param>
    internal virtual IEnumerable<string> Notes(string folder) => [];

    /// <summary>What it trains with, where runs that it needs decide a part.</summary>
    /// <param name="place">Where the folder of such a run is.</param>
    private protected virtual Recipe Settled(Func<PlannedRun, string> place) => Recipe;

    private protected override bool Train(string folder, bool resume, Func<PlannedRun, string> place, IProgress<TrainingProgress>? progress, CancellationToken cancel) =>
        !TrainingRun.Execute(Settled(place), folder, resume, progress, cancel: cancel).Interrupted;
}
