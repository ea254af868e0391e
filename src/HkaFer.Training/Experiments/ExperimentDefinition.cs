namespace HkaFer.Training;

/// <summary>An experiment that can be planned.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Summary">What it remakes, in a line.</param>
/// <param name="Needs">What it takes, in a line.</param>
/// <param name="Plan">Plans it. Throws a <see cref="HkaFerException"/> where data or a backbone is given that cannot be found; what is not given leaves gaps.</param>
public sealed record ExperimentDefinition(string Name, string Summary, string Needs, Func<ExperimentSettings, Experiment> Plan)
{
    /// <summary>Whether it chooses a learning rate for each method, of <see cref="ExperimentSettings.Rates"/>.</summary>
    public bool ChoosesRates { get; init; }
}
