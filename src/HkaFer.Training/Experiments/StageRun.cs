namespace HkaFer.Training;

/// <summary>
/// The last stage of a staged recipe as a part of an experiment; the stage before it is a run of its own, shared by all that stand on it. It trains what
/// <see cref="AnswerRun"/> trains of the same recipe, to the bit, and leaves the scoring of answers to <see cref="AnswerScore"/>: a model that writes takes longer to be scored than to learn.
/// </summary>
/// <param name="name">Name of its folder.</param>
/// <param name="recipe">All settings, of the stage before it too.</param>
/// <param name="trainable">Weights that it trains.</param>
/// <param name="before">The stage before it, or null.</param>
/// <param name="identity">Knows the data and the models of today.</param>
internal sealed class StageRun(string name, AnswerRecipe recipe, long trainable, StageRun? before, RunIdentity identity) : FolderRun(name)
{
    /// <summary>All settings.</summary>
    internal AnswerRecipe Recipe { get; } = recipe;

    /// <summary>What it trains.</summary>
    internal AnswerStage Stage => Recipe.Stages[^1];

    public override IReadOnlyList<PlannedRun> Needs => before is null ? [] : [before];

    public override long? Trainable => trainable;

    public override string Description =>
        $"{Stage.Name}, rank {Stage.Rank}{(before is null ? "" : $" {Standing()} rank {before.Stage.Rank}")}, prompt {Recipe.Prompt}, {Recipe.Backbone}, {string.Join(" and ", Stage.Data.Train)}, {Stage.Epochs} epoch{(Stage.Epochs == 1 ? "" : "s")}, seed {Recipe.Training.Seed}";

    public override string Kin => (Recipe with { Training = Recipe.Training with { Seed = 0 } }).ToYaml();

    public override void CheckDone(string folder, Func<PlannedRun, string> place) => identity.Check(folder, Recipe, Stage, Under(place));

    private protected override bool Train(string folder, bool resume, Func<PlannedRun, string> place, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        string? under = Under(place);
        return !RunCourse.Execute(
            Recipe.ToYaml(), folder, own => new AnswerTask(Recipe, Stage, under, own) { ScoresEpochs = false }, resume, progress, null, null, cancel).Interrupted;
    }

    /// <summary>The model of the stage before.</summary>
    private string? Under(Func<PlannedRun, string> place) => before is null ? null : RunFolder.ReportedModel(place(before));

    private string Standing() => Recipe.Join == AdapterJoin.Merge ? "on merged" : "with";
}
