using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>What CLIP scores before anything is trained: its texts as they are, without learnable context. A file of its own, as no epoch made it.</summary>
internal static class ZeroShotScore
{
    private const string Metrics = "metrics";
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>Scores a model that has not been trained yet, and writes the score.</summary>
    /// <param name="model">A model whose adapter still changes nothing.</param>
    /// <param name="head">Its head.</param>
    /// <param name="data">The split that scores epochs.</param>
    /// <param name="loader">Its batches.</param>
    /// <param name="file">Receives <c>epoch</c> (0), <c>split</c> and <c>metrics</c>.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="OperationCanceledException">It was stopped; nothing is written then.</exception>
    internal static EvaluationResult Write(
        ExpressionModel model, ClipTextHead head, ImageDataset data, BatchLoader loader, string file, CancellationToken cancel)
    {
        head.UsesContext = false;
        try
        {
            EvaluationResult score = Evaluator.Evaluate(model, data, loader, null, cancel);
            var json = new JsonObject { ["epoch"] = 0, ["split"] = data.Split, [Metrics] = MetricsJson.Write(score) };
            AtomicFile.WriteText(file, json.ToJsonString(s_json) + "\n");
            return score;
        }
        finally
        {
            head.UsesContext = true;
        }
    }

    /// <summary>The score in a file that <see cref="Write"/> made; null where there is none.</summary>
    /// <exception cref="HkaFerException">The file is damaged.</exception>
    internal static EvaluationResult? Read(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        return CheckpointFolder.ReadJson(file).TryGetProperty(Metrics, out JsonElement metrics) && JsonObject.Create(metrics) is { } json
            ? MetricsJson.Read(json)
            : throw new HkaFerException($"{file}: holds no '{Metrics}'; put the file back, or delete it: the run goes on without");
    }
}
