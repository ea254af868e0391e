namespace HkaFer.Training;

/// <summary>The measures of a classifier on a set of samples. All are finite; what is undefined is null.</summary>
public sealed record EvaluationResult
{
    /// <summary>Number of samples.</summary>
    public required long Count { get; init; }

    /// <summary>Share of right predictions.</summary>
    public required double Accuracy { get; init; }

    /// <summary>
    /// Mean F1 over the classes that occur in the truth: scikit-learn's <c>f1_score</c> with <c>average="macro"</c> and <c>labels</c> set to those. A class
    /// that is predicted and never true takes no part here.
    /// </summary>
    public required double MacroF1 { get; init; }

    /// <summary>Mean F1 over all labels, where a class that never occurs counts as zero: scikit-learn's with <c>labels</c> set to all.</summary>
    public double MacroF1AllLabels => PerClass.Average(c => c.F1 ?? 0);

    /// <summary>Mean F1 weighted by support.</summary>
    public required double WeightedF1 { get; init; }

    /// <summary>Mean recall over the classes that occur in the truth.</summary>
    public required double BalancedAccuracy { get; init; }

    /// <summary>Cohen's kappa: agreement beyond chance. Null where only one class occurs, or none in both truth and predictions.</summary>
    public required double? Kappa { get; init; }

    /// <summary>Mean of - log of the true class's probability; null where the model gave classes without probabilities.</summary>
    public required double? LogLoss { get; init; }

    /// <summary>Expected calibration error over 15 equal bins of the top probability; null where there were no probabilities.</summary>
    public required double? Ece { get; init; }

    /// <summary>The bins that <see cref="Ece"/> is taken over, from 0 to 1; what a reliability diagram shows. Empty where there were no probabilities.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>One entry for each label, in the labels' order.</summary>
    public required IReadOnlyList<ClassMetrics> PerClass { get; init; }

    /// <summary>Counts [truth, predicted].</summary>
    public required long[,] Confusion { get; init; }
}
