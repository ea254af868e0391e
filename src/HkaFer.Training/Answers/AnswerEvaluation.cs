using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>How a vision-language model did on a split.</summary>
/// <param name="Metrics">
/// The measures. Classes are the model's; where answers were written, there is one more column and class, <see cref="Unparsed"/>, which is never true.
/// </param>
/// <param name="Forms">How many answers were found in each form.</param>
/// <param name="Outside">Answers that name a class of the model which the data does not have: they count as wrong.</param>
/// <param name="Examples">Of the answers that were not parsed, or are outside: the first ones.</param>
public sealed record AnswerEvaluation(
    EvaluationResult Metrics, IReadOnlyDictionary<AnswerForm, int> Forms, int Outside, IReadOnlyList<AnswerExample> Examples)
{
    /// <summary>The name of the column of answers in which no class was found; in brackets, as no class is.</summary>
    public const string Unparsed = "(unparsed)";

    /// <summary>Share of the answers in which a class was found.</summary>
    public double ParsedShare => 1 - ((double)UnparsedCount / Metrics.Count);

    /// <summary>Answers in which no class was found; each counts as wrong.</summary>
    public int UnparsedCount => Forms.GetValueOrDefault(AnswerForm.Unparsed);

    /// <summary>The fields of <see cref="MetricsJson"/>, and how answers were read.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = MetricsJson.Write(Metrics);
        json["unparsed"] = UnparsedCount;
        json["outside"] = Outside;
        json["forms"] = new JsonObject(Forms.OrderBy(f => f.Key).Select(f => KeyValuePair.Create<string, JsonNode?>(f.Key.ToString().ToLowerInvariant(), f.Value)));
        json["examples"] = new JsonArray([.. Examples.Select(e => (JsonNode)new JsonObject { ["path"] = e.Path, ["answer"] = e.Answer, ["problem"] = e.Problem })]);
        return json;
    }
}
