namespace HkaFer.Training;

/// <summary>What came of an experiment.</summary>
public sealed record ExperimentResult
{
    /// <summary>The table, as far as it could be filled.</summary>
    public required ExperimentTable Table { get; init; }

    /// <summary>What was written: the table as Markdown, CSV and a page, then figures.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Runs that could not be done or scored: name and reason.</summary>
    public required IReadOnlyList<(string Run, string Reason)> Failures { get; init; }

    /// <summary>Whether it was stopped; it goes on where it is run again.</summary>
    public bool Interrupted { get; init; }
}
