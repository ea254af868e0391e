using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>
/// <c>explanation.json</c> of a run: one held-out picture a class with its maps, and held-out features in a plane. Made when asked for and not while
/// training, as it costs a forward pass of every picture that it arranges, some forty of each that it explains, and seconds of t-SNE.
/// </summary>
public static class RunExplanation
{
    /// <summary>Pictures that are arranged where nothing else is asked for.</summary>
    public const int Points = 1000;

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Explains the model that a run reports on the split that scored its epochs, and writes its report with it.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="points">Pictures that are arranged, at most.</param>
    /// <param name="progress">Told what is done, in words.</param>
    /// <param name="cancel">Stops between pictures and steps; nothing is written then.</param>
    /// <returns>The report's path.</returns>
    /// <exception cref="HkaFerException">There is no run of a classifier with a model, or its data is not where it was.</exception>
    public static string Write(string folder, int points = Points, IProgress<string>? progress = null, CancellationToken cancel = default)
    {
        RunRecord run = RunRecord.Read(folder);
        if (run.Summary.Text("task") is PretrainTask.Name or DescribeTask.Name)
        {
            throw new HkaFerException($"{folder}: is a pre-training run, which names no classes; explain a run that was trained on its backbone");
        }

        ImageDataset data = RunData.Open(Recipe.Load(run.Folder.Recipe).Data).Scored
            ?? throw new HkaFerException($"{folder}: no split scored it; name pictures, or data with --data");
        ExpressionModel model = ExpressionModel.Load(folder);
        bool adapted = new Explainer(model).AdaptedLayer is not null;
        progress?.Report("pictures");
        var sheet = ExplanationSheet.OfClasses(
            model, data, [ExplainMethod.GradCam, ExplainMethod.GradCamPlusPlus, ExplainMethod.Rollout, .. adapted ? (ExplainMethod[])[ExplainMethod.Adapters] : []], cancel: cancel);
        int count = Math.Min(points, data.Count);
        SplitFeatures features = SplitFeatures.Of(
            model, data, points, progress: new DirectProgress<int>(done => progress?.Report($"{done:N0} of {count:N0} features")), cancel: cancel);
        TsnePlot? plot = features.Count >= Tsne.Fewest
            ? TsnePlot.Of(features, progress: new DirectProgress<int>(done => progress?.Report($"t-SNE, step {done:N0}")), cancel: cancel) : null;
        var json = new JsonObject
        {
            ["epochs_done"] = run.Summary.Number("epochs_done"),
            ["split"] = data.Split,
            ["layer"] = new Explainer(model).AdaptedLayer,
            ["pictures"] = Json(sheet.Columns(), sheet),
            ["tsne"] = plot is null ? null : Json(plot, data.Count),
        };
        AtomicFile.WriteText(run.Folder.Explanation, json.ToJsonString(s_json) + "\n");
        return RunReport.Write(folder);
    }

    private static JsonObject Json(PictureGrid grid, ExplanationSheet sheet) => new()
    {
        ["columns"] = new JsonArray([.. grid.Columns.Select(c => (JsonNode)c)]),
        ["paths"] = new JsonArray([.. sheet.Pictures.Select(p => (JsonNode)p.Path)]),
        ["labels"] = new JsonArray([.. sheet.Pictures.Select(p => (JsonNode)p.Prediction.ToString())]),
        ["rows"] = new JsonArray([.. grid.Rows.Select(row => (JsonNode)new JsonObject
        {
            ["title"] = row.Title,
            ["pictures"] = new JsonArray([.. row.Pictures.Select(png => (JsonNode?)(png is null ? null : Convert.ToBase64String(png)))]),
        })]),
    };

    private static JsonObject Json(TsnePlot plot, int of)
    {
        JsonArray Numbers(IEnumerable<double> values) => new([.. values.Select(v => (JsonNode)Math.Round(v, 3))]);
        return new JsonObject
        {
            ["of"] = of,
            ["classes"] = new JsonArray([.. plot.Features.Classes.Select(c => (JsonNode)c)]),
            ["x"] = Numbers(plot.Points.X),
            ["y"] = Numbers(plot.Points.Y),
            ["truth"] = new JsonArray([.. plot.Features.Labels.Select(l => (JsonNode)l)]),
            ["label"] = new JsonArray([.. plot.Features.Predicted.Select(l => (JsonNode)l)]),
            ["divergence"] = plot.Points.Divergence,
            ["trustworthiness"] = plot.Trustworthiness,
            ["same_class"] = plot.SameClass,
        };
    }
}
