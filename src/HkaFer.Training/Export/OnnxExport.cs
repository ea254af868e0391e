using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// A model as an ONNX file: backbone and head, the adapter merged into the weights where the algebra allows it, and as nodes of the graph where its router
/// depends on the picture. Any batch size; the picture's size is that of the preprocessing, which is written beside it.
/// </summary>
/// <remarks>
/// Input <c>pixel_values</c> [batch, 3, size, size], normalised as the metadata <c>preprocessing</c> says. Outputs <c>logits</c> and
/// <c>probabilities</c> [batch, classes], in the order of the metadata <c>labels</c>. Operator set 17, float32.
/// </remarks>
public static class OnnxExport
{
    private const string Input = "pixel_values";

    /// <summary>Writes the file.</summary>
    /// <param name="model">The model; left as it is.</param>
    /// <param name="path">
    /// The file, replaced where it exists; beside it <c>PATH.data</c> where the weights do not fit the 2 GiB of one file. That of the file that is replaced goes with it.
    /// </param>
    /// <param name="cancel">Stops between tensors; nothing half written is left.</param>
    /// <exception cref="HkaFerException">
    /// The adapter is disabled, another one on the backbone takes part that is not merged and has no form in a graph, a file cannot be written, or <c>PATH.data</c>
    /// would be written over and is not that of a <c>PATH</c> of ours.
    /// </exception>
    public static void Write(ExpressionModel model, string path, CancellationToken cancel = default) =>
        Write(model, path, int.MaxValue, cancel);

    /// <summary>As <see cref="Write(ExpressionModel, string, CancellationToken)"/>, with another size of what one file may hold.</summary>
    internal static void Write(ExpressionModel model, string path, long limit, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Adapter is { Enabled: false } off)
        {
            throw new HkaFerException($"onnx: adapter {off.Name} is disabled, and the file would be that of the bare backbone; enable it first");
        }

        bool merge = model.Adapter is { IsMerged: false } adapter && adapter.Layers.All(layer => layer.MergeObstacle is null);
        if (merge)
        {
            model.Adapter!.Merge();
        }

        try
        {
            using IDisposable step = Tape.Step();
            using IDisposable paused = Tape.NoGrad();
            Save(model, path, limit, cancel);
        }
        finally
        {
            if (merge)
            {
                model.Adapter!.Unmerge();
            }
        }
    }

    private static void Save(ExpressionModel model, string path, long limit, CancellationToken cancel)
    {
        var graph = new OnnxGraph();
        string logits = new OnnxEncoders(graph, model.Preprocessing.Size).Logits(model.Classifier, Input);
        graph.Output("logits", logits);
        graph.Output("probabilities", graph.Node("Softmax", [logits], ("axis", -1L)));
        int size = model.Preprocessing.Size, classes = model.Labels.Count;
        graph.Save(
            path,
            [(Input, ["batch", 3, size, size])],
            [("logits", ["batch", classes]), ("probabilities", ["batch", classes])],
            new Dictionary<string, string>
            {
                ["labels"] = new JsonArray([.. model.Labels.Select(label => (JsonNode)label)]).ToJsonString(),
                ["preprocessing"] = PreprocessingJson.Write(model.Preprocessing).ToJsonString(),
                ["base_model"] = model.BaseName,
                ["method"] = model.Adapter?.Config.Method ?? "none",
            },
            limit,
            cancel);
    }
}
