using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>A key of a resolved recipe.</summary>
/// <param name="Key">Its path: <c>training.epochs</c>.</param>
/// <param name="Value">Its value, as JSON; null for <c>null</c>.</param>
/// <param name="From">Where the value comes from: <c>default</c>, <c>my.yaml:12</c> or <c>--set</c>.</param>
public sealed record ExplainedValue(string Key, JsonNode? Value, string From);
