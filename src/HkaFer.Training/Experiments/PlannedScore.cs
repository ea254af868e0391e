namespace HkaFer.Training;

/// <summary>What a planned run is asked when it is done: how it does on some pictures. It is kept, so that a table that is made again asks for no second time.</summary>
public abstract class PlannedScore
{
    /// <param name="run">Whose model is scored.</param>
    /// <param name="name">Name of the file that keeps it, without ending; one of the run's.</param>
    protected PlannedScore(PlannedRun run, string name) => (Run, Name) = (run, name);

    /// <summary>Whose model is scored.</summary>
    public PlannedRun Run { get; }

    /// <summary>Name of the file that keeps it, without ending.</summary>
    public string Name { get; }

    /// <summary>What is scored, in words.</summary>
    public abstract string Description { get; }

    /// <summary>Whether a kept score is still of the pictures that would be scored now.</summary>
    public abstract bool Fits(ScoreRecord kept);

    /// <summary>Scores.</summary>
    /// <param name="folder">The folder of the run, which is done.</param>
    /// <param name="progress">Told how many pictures are done, of how many.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="HkaFerException">It cannot be scored; the message says why.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public abstract ScoreRecord Compute(string folder, IProgress<(int Done, int All)>? progress, CancellationToken cancel);
}
