namespace HkaFer.Training;

/// <summary>What an experiment is at.</summary>
public enum ExperimentPhase
{
    /// <summary>A run begins.</summary>
    Begin,

    /// <summary>A run goes on that was cut.</summary>
    Resume,

    /// <summary>A run trains.</summary>
    Train,

    /// <summary>A run's model is scored.</summary>
    Score,

    /// <summary>A run is done, and scored.</summary>
    Done,

    /// <summary>A run had been done and scored before.</summary>
    Skip,

    /// <summary>Another process has the run; it is come back to.</summary>
    Wait,

    /// <summary>A run could not be done; the others go on.</summary>
    Fail,
}
