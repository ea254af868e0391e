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
            ["macro_f1_all_labels"] = result.MacroF1AllLabels,
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

    /// <summary>Reads what <see cref="Write"/> wrote: the same bits.</summary>
    /// <exception cref="HkaFerException">It is something else.</exception>
    public static EvaluationResult Read(JsonObject json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            ClassMetrics[] classes = [.. json["per_class"]!.AsArray().Select(c => new ClassMetrics(
                (string)c!["name"]!, (long)c["support"]!, (double?)c["recall"], (double?)c["precision"], (double?)c["f1"]))];
            var confusion = new long[classes.Length, classes.Length];
            for (int row = 0; row < classes.Length; row++)
            {
                for (int column = 0; column < classes.Length; column++)
                {
                    confusion[row, column] = (long)json["confusion"]![row]![column]!;
                }
            }

            return new EvaluationResult
            {
                Count = (long)json["count"]!,
                Accuracy = (double)json["accuracy"]!,
                MacroF1 = (double)json["macro_f1"]!,
                WeightedF1 = (double)json["weighted_f1"]!,
                BalancedAccuracy = (double)json["balanced_accuracy"]!,
                Kappa = (double?)json["kappa"],
                LogLoss = (double?)json["log_loss"],
                Ece = (double?)json["ece"],
                Calibration = [.. json["calibration"]!.AsArray().Select(b => new CalibrationBin(
                    (long)b!["count"]!, (double?)b["confidence"], (double?)b["accuracy"]))],
                PerClass = classes,
                Confusion = confusion,
            };
        }
        catch (Exception e) when (e is NullReferenceException or ArgumentException or InvalidOperationException or FormatException)
        {
            throw new HkaFerException("metrics: the saved metrics cannot be read; a file of the run was changed, start another run", e);
        }
    }
}
