using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>The JSON form of a result: the fields that scripts rely on, undefined values as null.</summary>
public static class MetricsJson
{
    /// <summary>Writes a result.</summary>
    public static JsonObject Write(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        int classes = result.PerClass.Count;
        return new JsonObject
        {
            ["count"] = result.Count,
            ["accuracy"] = result.Accuracy,
            ["macro_f1"] = result.MacroF1,
            ["weighted_f1"] = result.WeightedF1,
            ["balanced_accuracy"] = result.BalancedAccuracy,
            ["kappa"] = result.Kappa,
            ["log_loss"] = result.LogLoss,
            ["ece"] = result.Ece,
            ["calibration"] = new JsonArray([.. result.Calibration.Select(b => (JsonNode)new JsonObject
            {
                ["count"] = b.Count,
                ["confidence"] = b.Confidence,
                ["accuracy"] = b.Accuracy,
            })]),
            ["per_class"] = new JsonArray([.. result.PerClass.Select(c => (JsonNode)new JsonObject
            {
                ["name"] = c.Name,
                ["recall"] = c.Recall,
                ["precision"] = c.Precision,
                ["f1"] = c.F1,
                ["support"] = c.Support,
            })]),
            ["confusion"] = new JsonArray([.. Enumerable.Range(0, classes).Select(row =>
                (JsonNode)new JsonArray([.. Enumerable.Range(0, classes).Select(column => (JsonNode)result.Confusion[row, column])]))]),
        };
    }
}
