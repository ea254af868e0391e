using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>A picture, what a model says of it, and maps of why.</summary>
/// <param name="Path">Its path, or how its data set calls it.</param>
/// <param name="Photo">As it was read.</param>
/// <param name="Prediction">What the model says.</param>
/// <param name="Class">The class that maps of a class are of.</param>
/// <param name="Maps">In the order of the methods that were asked for.</param>
public sealed record ExplainedPicture(string Path, Image Photo, Prediction Prediction, string Class, IReadOnlyList<TitledMap> Maps)
{
    /// <summary>Explains a picture.</summary>
    /// <param name="explainer">Of the model.</param>
    /// <param name="model">The model.</param>
    /// <param name="path">For who reads it.</param>
    /// <param name="photo">The picture.</param>
    /// <param name="methods">What to show.</param>
    /// <param name="className">The class that is asked for; the one that the model names where null.</param>
    /// <exception cref="HkaFerException">The model has no such class, or has not what a method shows.</exception>
    public static ExplainedPicture Of(
        Explainer explainer, ExpressionModel model, string path, Image photo, IReadOnlyList<ExplainMethod> methods, string? className = null)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(methods);
        float[] pixels = explainer.Pixels(photo);
        Prediction prediction = model.Predict(pixels, 1)[0];
        string of = className ?? prediction.Label;
        int label = explainer.LabelOf(of);
        return new ExplainedPicture(path, photo, prediction, of, [.. methods.SelectMany(method => explainer.Maps(method, pixels, label))]);
    }

    /// <summary>The photo, then each map over it, with their longest edge at a length.</summary>
    /// <param name="preprocessing">The model's.</param>
    /// <param name="edge">In pixels.</param>
    public IReadOnlyList<Image> Draw(Preprocessing preprocessing, int edge) =>
        [Overlay.Fit(Photo, edge), .. Maps.Select(map => Overlay.Draw(Photo, map.Map, preprocessing, edge))];
}
