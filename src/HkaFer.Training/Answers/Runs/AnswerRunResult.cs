namespace HkaFer.Training;

/// <summary>What came of a staged run.</summary>
public sealed record AnswerRunResult
{
    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The stages that have begun, first to last.</summary>
    public required IReadOnlyList<StageResult> Stages { get; init; }

    /// <summary>Whether the run was cut off; it can be resumed.</summary>
    public bool Interrupted { get; init; }

    /// <summary>What could not be written beside the models, and how to make it again.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
