using System.Globalization;

namespace HkaFer.Training;

/// <summary>
/// The training of a recipe at the learning rate that did best in shorter trainings, scored on a part of the training pictures: each method of a comparison runs at a
/// rate of its own, and none is chosen by the pictures that are reported.
/// </summary>
/// <param name="name">Name of its folder.</param>
/// <param name="method">What notes call it.</param>
/// <param name="recipe">All settings but the rate, whose value here is not used.</param>
/// <param name="trials">The shorter trainings, one a rate.</param>
/// <param name="trainable">Weights that it trains.</param>
/// <param name="identity">Knows the data and the backbones of today.</param>
internal sealed class TunedRun(string name, string method, Recipe recipe, IReadOnlyList<TrialRun> trials, long? trainable, RunIdentity identity)
    : RecipeRun(name, recipe, trainable, identity)
{
    public override IReadOnlyList<PlannedRun> Needs => trials;

    public override string Description => $"{base.Description}, at the best of the rates {Text(trials.Select(trial => trial.Rate))}";

    public override void CheckDone(string folder, Func<PlannedRun, string> place)
    {
        base.CheckDone(folder, place);
        if (RateOf(folder) is var rate && rate != Best(place))
        {
            throw new HkaFerException($"{folder}: was done at the learning rate {Text([rate])}, and the trials now say {Text([Best(place)])}; take this folder away to train it again");
        }
    }

    private protected override Recipe Settled(Func<PlannedRun, string> place) => TrialRun.At(Recipe, Best(place));

    internal override IEnumerable<string> Notes(string folder) =>
        [$"{method} at the learning rate {Text([RateOf(folder)])}"];

    private static double RateOf(string folder) => HkaFer.Training.Recipe.Load(new RunFolder(folder).Recipe).Optimizer.LearningRate;

    /// <summary>The rate of the best trial.</summary>
    /// <param name="outcomes">Rate and accuracy of each; null where it diverged.</param>
    /// <returns>Of equals the lowest, as it is the safer one in a longer run.</returns>
    /// <exception cref="HkaFerException">All diverged.</exception>
    internal static double BestOf(IReadOnlyList<(double Rate, double? Accuracy)> outcomes) =>
        outcomes.OrderByDescending(outcome => outcome.Accuracy).ThenBy(outcome => outcome.Rate).First() is { Accuracy: not null } best ? best.Rate
        : throw new HkaFerException($"training diverges at each of the rates {Text(outcomes.Select(outcome => outcome.Rate))}; give lower ones");

    private double Best(Func<PlannedRun, string> place) => BestOf([.. trials.Select(trial => (trial.Rate, TrialRun.Accuracy(place(trial))))]);

    /// <summary>Rates as text.</summary>
    internal static string Text(IEnumerable<double> rates) => string.Join(", ", rates.Select(rate => rate.ToString(CultureInfo.InvariantCulture)));
}
