namespace HkaFer.Training;

/// <summary>What the demonstration found.</summary>
public sealed record QuickstartResult
{
    /// <summary>One a method; HeKA last.</summary>
    public required IReadOnlyList<QuickstartRow> Rows { get; init; }

    /// <summary>HeKA's accuracy on held-out faces.</summary>
    public required double Accuracy { get; init; }

    /// <summary>What guessing gives.</summary>
    public required double Chance { get; init; }

    /// <summary>Time of everything.</summary>
    public required double Seconds { get; init; }

    /// <summary>HeKA's run folder.</summary>
    public required string Run { get; init; }

    /// <summary>The saved adapter.</summary>
    public required string Adapter { get; init; }

    /// <summary>A held-out face of each class, drawn at random, predicted with it.</summary>
    public required IReadOnlyList<QuickstartPrediction> Predictions { get; init; }
}

/// <summary>One method's row.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Trainable">Trained weights, head included.</param>
/// <param name="Accuracy">On held-out faces.</param>
/// <param name="MacroF1">On held-out faces.</param>
/// <param name="Seconds">Training and scoring.</param>
public sealed record QuickstartRow(string Method, long Trainable, double Accuracy, double MacroF1, double Seconds);

/// <summary>One predicted face.</summary>
/// <param name="Path">The picture.</param>
/// <param name="Index">Which of the held-out faces.</param>
/// <param name="Truth">What was drawn.</param>
/// <param name="Prediction">What the model says.</param>
public sealed record QuickstartPrediction(string Path, int Index, string Truth, Prediction Prediction)
{
    /// <summary>Whether the model says what was drawn.</summary>
    public bool IsRight => Prediction.Label == Truth;
}

/// <summary>How far the demonstration is.</summary>
/// <param name="Method">The method under way.</param>
/// <param name="Training">How far it is.</param>
public sealed record QuickstartProgress(string Method, TrainingProgress Training);
