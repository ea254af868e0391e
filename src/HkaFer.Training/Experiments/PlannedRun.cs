namespace HkaFer.Training;

/// <summary>
/// A piece of training that an experiment needs: something with a folder of its own that can be begun, resumed after an interruption, and scored when it is done.
/// What is the same training has the same name, and is done once for all cells and experiments that need it.
/// </summary>
public abstract class PlannedRun
{
    /// <param name="name">Name of its folder: readable, the same whenever the same training is planned, and another where a setting differs.</param>
    protected PlannedRun(string name) => Name = name;

    /// <summary>Name of its folder.</summary>
    public string Name { get; }

    /// <summary>What must be done before it, such as an earlier stage.</summary>
    public virtual IReadOnlyList<PlannedRun> Needs => [];

    /// <summary>Weights that it will train, where that is known before it begins.</summary>
    public virtual long? Trainable => null;

    /// <summary>What it trains with, for whoever looks at the plan.</summary>
    public abstract string Description { get; }

    /// <summary>What runs that take about as long have in common: all but the seed.</summary>
    public virtual string Kin => Name;

    /// <summary>How far it is.</summary>
    /// <param name="folder">Its folder, which need not exist.</param>
    public abstract RunStanding Standing(string folder);

    /// <summary>Checks that a run that is done is what this one would train.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="place">Where the folder of another run is: of those that it needs.</param>
    /// <exception cref="HkaFerException">It is not; the message says what differs, and what to do.</exception>
    public virtual void CheckDone(string folder, Func<PlannedRun, string> place)
    {
    }

    /// <summary>Trains to the end, from the beginning or from where it was cut.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="place">Where the folder of another run is: of those that it needs.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops after the step under way; what was reached is saved.</param>
    /// <returns>Whether it is done; false where it was stopped.</returns>
    /// <exception cref="HkaFerException">It cannot be done; the message says why.</exception>
    public abstract bool Execute(string folder, Func<PlannedRun, string> place, IProgress<TrainingProgress>? progress, CancellationToken cancel);
}
