using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>What a vision-language model answers about the pictures of a split, whose classes are matched by name. An answer that does not parse is wrong, and so is one that names a class the pictures lack.</summary>
/// <param name="run">Whose model is asked.</param>
/// <param name="name">Name of the file that keeps it.</param>
/// <param name="title">What is scored, in words.</param>
/// <param name="pictures">The pictures.</param>
internal sealed class AnswerScore(StageRun run, string name, string title, ImageDataset pictures) : PlannedScore(run, name)
{
    /// <summary>The share of the answers in which a class was found.</summary>
    internal const string Parsed = "parsed";

    /// <summary>The share of the answers that name a class which the pictures lack.</summary>
    internal const string Outside = "outside";

    public override string Description => title;

    /// <summary>The measure of one class: of its pictures, the share that was named rightly.</summary>
    internal static string RecallOf(string label) => $"recall of {label}";

    public override bool Fits(ScoreRecord kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        return kept.IsOf(title, pictures);
    }

    public override ScoreRecord Compute(string folder, IProgress<(int Done, int All)>? progress, CancellationToken cancel)
    {
        AnsweringModel model = AnsweringModel.Load(folder);
        (AnswerEvaluation evaluation, ScoredSplit split) = AnswerEvaluator.Score(
            model, pictures, run.Recipe.Decode, progress is null ? null : new DirectProgress<int>(done => progress.Report((done, pictures.Count))), cancel);
        string[] labels = [.. evaluation.Metrics.PerClass.Select(c => c.Name)];
        ScoredPicture[] answers = [.. Enumerable.Range(0, pictures.Count).Select(i =>
        {
            (string path, string truth) = ScoreRecord.Named(pictures, i);
            string said = labels[Greatest.Of<float>(split.Probabilities.AsSpan(i * labels.Length, labels.Length))];
            return new ScoredPicture(path, truth, said == AnswerEvaluation.Unparsed ? null : said);
        })];
        var measures = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [ScoreRecord.Accuracy] = evaluation.Metrics.Accuracy,
            [ScoreRecord.BalancedAccuracy] = evaluation.Metrics.BalancedAccuracy,
            [ScoreRecord.MacroF1] = evaluation.Metrics.MacroF1,
            [Parsed] = evaluation.ParsedShare,
            [Outside] = (double)evaluation.Outside / pictures.Count,
        };
        foreach (ClassMetrics label in evaluation.Metrics.PerClass)
        {
            if (label.Recall is { } recall)
            {
                measures[RecallOf(label.Name)] = recall;
            }
        }

        return new ScoreRecord { Data = title, Measures = measures, Notes = [.. pictures.Notes, .. Listed(answers)], Pictures = answers };
    }

    /// <summary>What was said that counts for none of the pictures' classes.</summary>
    private IEnumerable<string> Listed(ScoredPicture[] answers)
    {
        string[] outside = [.. answers.Select(a => a.Label).OfType<string>().Where(label => !pictures.Classes.Contains(label, StringComparer.Ordinal))];
        if (outside.Length > 0)
        {
            IEnumerable<string> counts = outside.CountBy(label => label).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Value:N0}");
            yield return $"{Run.Name} names a class that these pictures lack in {outside.Length:N0} of {answers.Length:N0} answers, which count as wrong: {string.Join(", ", counts)}";
        }
    }
}
