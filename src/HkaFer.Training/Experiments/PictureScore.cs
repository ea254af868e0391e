using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>A trained model on the pictures of a split: its own, a part of it, or another data set's, whose classes are matched by name.</summary>
/// <param name="run">Whose model is scored.</param>
/// <param name="name">Name of the file that keeps it.</param>
/// <param name="title">What is scored, in words.</param>
/// <param name="data">The pictures.</param>
/// <param name="labels">The classes that the model learns.</param>
internal sealed class PictureScore(RecipeRun run, string name, string title, ImageDataset data, IReadOnlyList<string> labels) : PlannedScore(run, name)
{
    private readonly ImageDataset _pictures = ClassSubset.Of(data, labels);

    public override string Description => title;

    /// <summary>Whether the pictures are those that no split of the run chose its epoch by and that scored its epochs, so that there is a best one among them.</summary>
    internal bool HasBest { get; init; }

    public override bool Fits(ScoreRecord kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        return kept.IsOf(title, _pictures);
    }

    public override ScoreRecord Compute(string folder, IProgress<(int Done, int All)>? progress, CancellationToken cancel)
    {
        ExpressionModel model = ExpressionModel.Load(folder);
        var loader = new BatchLoader(_pictures, run.Recipe.Training.EvalBatch, model.Preprocessing, cacheBytes: 0);
        ScoredSplit scored = Evaluator.Score(
            model, _pictures, loader, progress is null ? null : new DirectProgress<int>(done => progress.Report((done, _pictures.Count))), cancel);
        int classes = model.Labels.Count;
        bool[] asked = [.. model.Labels.Select(_pictures.Classes.Contains)];
        float[] probabilities = asked.All(a => a) ? scored.Probabilities : Among(asked, scored.Probabilities);
        EvaluationResult result = Metrics.Compute(model.Labels, scored.Truth, probabilities);
        var measures = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [ScoreRecord.Accuracy] = result.Accuracy,
            [ScoreRecord.MacroF1] = result.MacroF1,
            [ScoreRecord.BalancedAccuracy] = result.BalancedAccuracy,
        };
        if (HasBest && RunRow.Read(folder).BestAccuracy is { } best)
        {
            measures[ScoreRecord.BestAccuracy] = best;
        }

        return new ScoreRecord
        {
            Data = title,
            Measures = measures,
            Notes = [.. data.Notes, .. Dropped(), .. run.Notes(folder)],
            Pictures = [.. Enumerable.Range(0, _pictures.Count).Select(i =>
            {
                (string path, string truth) = ScoreRecord.Named(_pictures, i);
                return new ScoredPicture(path, truth, model.Labels[Greatest.Of<float>(probabilities.AsSpan(i * classes, classes))]);
            })],
        };
    }

    /// <summary>Probabilities among the classes that were asked for.</summary>
    private static float[] Among(bool[] asked, float[] probabilities)
    {
        var among = new float[probabilities.Length];
        for (int row = 0; row < probabilities.Length; row += asked.Length)
        {
            float sum = 0;
            for (int i = 0; i < asked.Length; i++)
            {
                sum += asked[i] ? probabilities[row + i] : 0;
            }

            for (int i = 0; i < asked.Length; i++)
            {
                among[row + i] = !asked[i] ? 0 : sum > 0 ? probabilities[row + i] / sum : 1f / asked.Count(a => a);
            }
        }

        return among;
    }

    private IEnumerable<string> Dropped()
    {
        string[] unknown = [.. data.Classes.Except(labels, StringComparer.Ordinal)], absent = [.. labels.Except(data.Classes, StringComparer.Ordinal)];
        if (unknown.Length > 0)
        {
            yield return $"{data.Count - _pictures.Count:N0} pictures of {string.Join(", ", unknown)} are left out, which the model has not learnt";
        }

        if (absent.Length > 0)
        {
            yield return $"the model's {string.Join(", ", absent)} cannot be answered, as these pictures have no such class";
        }
    }
}
