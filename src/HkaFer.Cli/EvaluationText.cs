using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>Metrics for people; <see cref="MetricsJson"/> has those for scripts.</summary>
internal static class EvaluationText
{
    public static void Write(EvaluationResult result, Output output)
    {
        output.Facts(
            ("pictures", $"{result.Count}"),
            ("accuracy", Percent(result.Accuracy)),
            ("macro F1", Percent(result.MacroF1)),
            ("balanced accuracy", Percent(result.BalancedAccuracy)),
            ("calibration error", Percent(result.Ece)));
        var classes = new Table("class", ">recall", ">precision", ">F1", ">pictures");
        foreach (ClassMetrics c in result.PerClass)
        {
            classes.Add(c.Name, Percent(c.Recall), Percent(c.Precision), Percent(c.F1), c.Support);
        }

        output.Line("");
        output.Table(classes);
        var confusion = new Table(["truth \\ predicted", .. result.PerClass.Select(c => ">" + c.Name)]);
        for (int i = 0; i < result.PerClass.Count; i++)
        {
            confusion.Add([result.PerClass[i].Name,
                .. Enumerable.Range(0, result.PerClass.Count).Select(j => (object)result.Confusion[i, j])]);
        }

        output.Line("");
        output.Table(confusion);
    }

    /// <summary>How answers were read, and those that count for no class.</summary>
    public static void Write(AnswerEvaluation answers, Output output)
    {
        output.Line("");
        output.Facts(
        [
            .. answers.Forms.OrderBy(form => form.Key).Select(form => ($"answers {form.Key.ToString().ToLowerInvariant()}", $"{form.Value}")),
            ("outside the data's classes", $"{answers.Outside}"),
        ]);
        foreach (AnswerExample example in answers.Examples)
        {
            output.Line($"  {example.Path}: {example.Problem}: {Nearest.Cut(example.Answer).ReplaceLineEndings(" ")}");
        }
    }

    /// <summary><c>92.70 %</c>, or a dash for what is undefined.</summary>
    public static string Percent(double? share) => share is { } value ? FormattableString.Invariant($"{100 * value:F2} %") : "-";
}
