using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>The features of the pictures of a split in a plane, by t-SNE, and how well they part the classes there (figure 3 of the paper).</summary>
/// <param name="run">Whose features.</param>
/// <param name="name">Name of the file that keeps it.</param>
/// <param name="title">What is drawn, in words.</param>
/// <param name="data">The pictures.</param>
internal sealed class PlaneScore(RecipeRun run, string name, string title, ImageDataset data) : PlannedScore(run, name)
{
    /// <summary>The share of the ten nearest neighbours in the plane that are of the same class.</summary>
    internal const string SameClass = "same_class";

    /// <summary>Pictures at most, drawn by a fixed seed where there are more: the plane is full by then, and t-SNE takes minutes.</summary>
    private const int Most = 5000;

    private readonly ImageDataset _data = data.Count >= Tsne.Fewest ? data
        : throw new HkaFerException($"{title}: {data.Count} pictures; a plane wants at least {Tsne.Fewest}");

    public override string Description => title;

    public override bool Fits(ScoreRecord kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        if (kept.Data != title || kept.Drawing is null || kept.Pictures.Count != Math.Min(Most, _data.Count))
        {
            return false;
        }

        HashSet<(string, string)> there = [.. Enumerable.Range(0, _data.Count).Select(i => ScoreRecord.Named(_data, i))];
        return kept.Pictures.All(picture => there.Contains((picture.Path, picture.Truth)));
    }

    public override ScoreRecord Compute(string folder, IProgress<(int Done, int All)>? progress, CancellationToken cancel)
    {
        int count = Math.Min(Most, _data.Count);
        SplitFeatures features = SplitFeatures.Of(
            ExpressionModel.Load(folder), _data, Most, batchSize: run.Recipe.Training.EvalBatch,
            progress: progress is null ? null : new DirectProgress<int>(done => progress.Report((done, count))), cancel: cancel);
        TsnePlot plot = TsnePlot.Of(features, cancel: cancel);
        return new ScoreRecord
        {
            Data = title,
            Measures = new Dictionary<string, double>(StringComparer.Ordinal) { [SameClass] = plot.SameClass, ["trustworthiness"] = plot.Trustworthiness },
            Pictures = [.. features.Indices.Select((index, i) =>
            {
                (string path, string truth) = ScoreRecord.Named(_data, index);
                return new ScoredPicture(path, truth, features.Classes[features.Predicted[i]]);
            })],
            Drawing = plot.Svg(title),
        };
    }
}
