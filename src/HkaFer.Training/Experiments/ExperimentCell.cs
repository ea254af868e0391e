namespace HkaFer.Training;

/// <summary>A number in a table: what it is obtained from, and what the paper has there.</summary>
public sealed record ExperimentCell
{
    /// <summary>The paper's number, in percent; null where it gives none.</summary>
    public double? Paper { get; init; }

    /// <summary>One a seed; none where the cell is not for us to fill.</summary>
    public IReadOnlyList<PlannedScore> Scores { get; init; } = [];

    /// <summary>Which measure of the scores it shows.</summary>
    public string Measure { get; init; } = ScoreRecord.Accuracy;

    /// <summary>Columns of its row whose mean it is, seed by seed; none where it is scored itself.</summary>
    public IReadOnlyList<int> MeanOf { get; init; } = [];

    /// <summary>Why it cannot be filled, and what to do; null where it can, or where it is the paper's alone.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether this program is to fill it.</summary>
    public bool IsOurs => Scores.Count > 0 || MeanOf.Count > 0 || Reason is not null;
}
