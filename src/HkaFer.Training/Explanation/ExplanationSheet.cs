using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>Explained pictures beside each other as one drawing.</summary>
public sealed class ExplanationSheet
{
    /// <summary>Longest edge of a picture on it.</summary>
    private const int Edge = 112;

    private readonly List<ExplainedPicture> _pictures = [];
    private readonly List<byte[][]> _drawn = [];
    private readonly Preprocessing _preprocessing;

    /// <param name="preprocessing">The model's.</param>
    public ExplanationSheet(Preprocessing preprocessing) => _preprocessing = preprocessing;

    /// <summary>What is on it.</summary>
    public IReadOnlyList<ExplainedPicture> Pictures => _pictures;

    /// <summary>Adds a picture; all are explained by the same methods.</summary>
    public void Add(ExplainedPicture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        _pictures.Add(picture);
        _drawn.Add([.. picture.Draw(_preprocessing, Edge).Select(image => image.EncodePng())]);
    }

    /// <summary>
    /// A sheet of one picture a class (figure 5 of the paper): the first of the class that the model names rightly, else the first.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Where pictures come from.</param>
    /// <param name="methods">What to show.</param>
    /// <param name="block">The block that is looked into; the last where null.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <exception cref="HkaFerException">A class of the data is not among the model's, a picture cannot be read, or the model has not what a method shows.</exception>
    public static ExplanationSheet OfClasses(
        ExpressionModel model, ImageDataset data, IReadOnlyList<ExplainMethod> methods, int? block = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        var explainer = new Explainer(model, block);
        var sheet = new ExplanationSheet(model.Preprocessing);
        foreach ((int label, string name) in data.Classes.Index())
        {
            _ = Evaluator.LabelOf(model.Labels, data, name);
            if (Choose(model, data, label, cancel) is { } index)
            {
                sheet.Add(ExplainedPicture.Of(explainer, model, data[index].Path, data.Load(index), methods, name));
            }
        }

        return sheet;
    }

    /// <summary>As SVG: a column a picture.</summary>
    /// <param name="title">For who cannot see it.</param>
    /// <param name="names">What stands over the columns; the classes where null.</param>
    public string Svg(string title, IReadOnlyList<string>? names = null)
    {
        PictureGrid grid = Columns(names);
        return Training.Svg.File(grid.Width, grid.Height, title, grid.Body());
    }

    /// <summary>As SVG: a row a picture.</summary>
    /// <param name="title">For who cannot see it.</param>
    public string SvgOfRows(string title)
    {
        string[] columns = ["photo", .. _pictures.Count > 0 ? _pictures[0].Maps.Select(m => m.Title) : []];
        var grid = new PictureGrid(columns, [.. _pictures.Select((p, i) => new PictureRow(RowTitle(p), _drawn[i], [null, .. p.Maps.Select(m => m.Caption)]))]);
        return Training.Svg.File(grid.Width, grid.Height, title, grid.Body());
    }

    internal PictureGrid Columns(IReadOnlyList<string>? names = null)
    {
        string[] rows = ["photo", .. _pictures.Count > 0 ? _pictures[0].Maps.Select(m => m.Title) : []];
        return new PictureGrid(
            names ?? [.. _pictures.Select(p => p.Class)], [.. rows.Select((row, r) => new PictureRow(row, [.. _drawn.Select(d => d[r])], [.. _pictures.Select(p => r == 0 ? null : p.Maps[r - 1].Caption)]))]);
    }

    private static string RowTitle(ExplainedPicture picture)
    {
        string name = Path.GetFileName(picture.Path);
        return $"{(name.Length > 24 ? $"{name[..23]}…" : name)}\n{picture.Prediction}{(picture.Class == picture.Prediction.Label ? "" : $"\nfor {picture.Class}")}";
    }

    private static int? Choose(ExpressionModel model, ImageDataset data, int label, CancellationToken cancel)
    {
        // A model that is never right of a class is no reason to read all its pictures.
        const int most = 50;
        int[] some = [.. Enumerable.Range(0, data.Count).Where(i => data[i].Label == label).Take(most)];
        foreach (int i in some)
        {
            cancel.ThrowIfCancellationRequested();
            if (model.Predict(data.Load(i)).Label == data.Classes[label])
            {
                return i;
            }
        }

        return some.Length > 0 ? some[0] : null;
    }
}
