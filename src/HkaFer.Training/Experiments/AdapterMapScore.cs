using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>One picture of each class with the Grad-CAM++ map of each Kronecker adapter in the last attention (figure 5 of the paper).</summary>
/// <param name="run">Whose adapters.</param>
/// <param name="name">Name of the file that keeps it.</param>
/// <param name="title">What is drawn, in words.</param>
/// <param name="data">Where the pictures come from.</param>
internal sealed class AdapterMapScore(RecipeRun run, string name, string title, ImageDataset data) : PlannedScore(run, name)
{
    public override string Description => title;

    public override bool Fits(ScoreRecord kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        HashSet<(string, string)> there = [.. Enumerable.Range(0, data.Count).Select(i => (data[i].Path, data.Classes[data[i].Label]))];
        return kept.Data == title && kept.Drawing is not null && kept.Pictures.All(picture => there.Contains((picture.Path, picture.Truth)));
    }

    public override ScoreRecord Compute(string folder, IProgress<(int Done, int All)>? progress, CancellationToken cancel)
    {
        ExplanationSheet sheet = ExplanationSheet.OfClasses(ExpressionModel.Load(folder), data, [ExplainMethod.Adapters], cancel: cancel);
        return new ScoreRecord
        {
            Data = title,
            Measures = new Dictionary<string, double>(StringComparer.Ordinal),
            Pictures = [.. sheet.Pictures.Select(picture => new ScoredPicture(picture.Path, picture.Class, picture.Prediction.Label))],
            Drawing = sheet.Svg(title),
        };
    }
}
