using System.Globalization;
using System.Text;

namespace HkaFer.Training;

/// <summary>The features of a split as points in a plane, for people and for other programs.</summary>
/// <param name="Features">What was arranged.</param>
/// <param name="Points">Where.</param>
public sealed record TsnePlot(SplitFeatures Features, TsneResult Points)
{
    /// <summary>Arranges features.</summary>
    /// <param name="features">Of a split.</param>
    /// <param name="settings">The defaults where not given.</param>
    /// <param name="progress">Told the number of steps done.</param>
    /// <param name="cancel">Stops between steps.</param>
    /// <exception cref="HkaFerException">There are too few pictures, or a setting is out of range.</exception>
    public static TsnePlot Of(SplitFeatures features, TsneSettings? settings = null, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        return new TsnePlot(features, Tsne.Embed(features.Rows, features.Width, settings, progress, cancel));
    }

    /// <summary>The share of the ten nearest neighbours in the plane that are of the same class.</summary>
    public double SameClass => EmbeddingQuality.SameLabel(Points, Features.Labels);

    /// <summary>How true the arrangement is to the features, 0 to 1.</summary>
    public double Trustworthiness => EmbeddingQuality.Trustworthiness(Features.Rows, Features.Width, Points);

    internal ScatterChart Chart => new()
    {
        X = Points.X,
        Y = Points.Y,
        Labels = Features.Labels,
        Classes = Features.Classes,
        Right = [.. Features.Labels.Zip(Features.Predicted, (a, b) => a == b)],
    };

    /// <summary>A drawing with a legend.</summary>
    /// <param name="title">For who cannot see it.</param>
    public string Svg(string title)
    {
        ScatterChart chart = Chart;
        return Training.Svg.File(chart.Width, ScatterChart.Height, title, chart.Body());
    }

    /// <summary>A table: picture, x, y, true class, class that the model names.</summary>
    /// <param name="path">Path of a picture by its number in the split.</param>
    public string Csv(Func<int, string> path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var text = new StringBuilder("path,x,y,truth,label\n");
        for (int i = 0; i < Features.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Quoting.CsvCell(path(Features.Indices[i]))},{Points.X[i]:R},{Points.Y[i]:R},{Quoting.CsvCell(Features.Classes[Features.Labels[i]])},{Quoting.CsvCell(Features.Classes[Features.Predicted[i]])}\n");
        }

        return text.ToString();
    }
}
