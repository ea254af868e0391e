using System.Text.Json;

namespace HkaFer.Training;

/// <summary>What the charts of a run and of several runs have in common.</summary>
internal static class Charts
{
    private const int Colours = 6;

    /// <summary>The style of the n-th line: first colours, then the same colours in other patterns.</summary>
    internal static string Style(int n) => $"s{(n % Colours) + 1}{((n / Colours) % 3) switch { 1 => " dashed", 2 => " dotted", _ => "" }}";

    /// <summary>A value of each epoch that has it.</summary>
    internal static IReadOnlyList<(double X, double Y)> Points(IReadOnlyList<JsonElement> epochs, Func<JsonElement, double?> value) =>
        [.. epochs.Index().Where(e => value(e.Item) is not null).Select(e => (e.Item.Number("epoch") ?? e.Index + 1, value(e.Item)!.Value))];

    /// <summary>A measure of the scored split.</summary>
    internal static Func<JsonElement, double?> Score(string name) => epoch => epoch.At("metrics")?.Number(name);
}
