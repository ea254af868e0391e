namespace HkaFer.Training;

/// <summary>A method in a table.</summary>
public sealed record ExperimentRow
{
    /// <summary>The method.</summary>
    public required string Label { get; init; }

    /// <summary>The heading that it stands under, where the table has some.</summary>
    public string Group { get; init; } = "";

    /// <summary>What else the paper says of it, such as its backbone.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Trained weights as the paper prints them; empty where it does not.</summary>
    public string PaperTrainable { get; init; } = "";

    /// <summary>Whether the others are compared with it: the paper's own method.</summary>
    public bool IsReference { get; init; }

    /// <summary>One a column.</summary>
    public required IReadOnlyList<ExperimentCell> Cells { get; init; }
}
