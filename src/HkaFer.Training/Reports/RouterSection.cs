using System.Globalization;
using System.Text.Json;

namespace HkaFer.Training;

/// <summary>What a report says of the routers: learned lambda and mean weight of each adapter, layer by layer.</summary>
internal static class RouterSection
{
    /// <summary>Lines that a chart can name.</summary>
    private const int MostLines = 9;

    private sealed record Layer(string Path, string Part, int Depth, double? Lambda, IReadOnlyList<double> Weights, double Spread);

    internal static Html Of(JsonElement routers)
    {
        JsonElement[] all = [.. routers.Items("layers")];
        if (all.Length == 0)
        {
            return default;
        }

        if (all.All(l => l.Text("router") == "sum"))
        {
            return Html.Of($"""
                <section><h2>Routers</h2><p>The adapters are added without a router: each of them weighs 1 in all {all.Length} layers.</p></section>
                """);
        }

        Layer[] layers = [.. all.Select(Read)];
        string[] parts = [.. layers.Select(l => l.Part).Distinct()];
        int adapters = layers.Max(l => l.Weights.Count);
        IEnumerable<Html> charts = parts.Where(_ => adapters <= MostLines).Select(part => new LineChart
        {
            Title = $"Router weights, {part}",
            Across = "block",
            Percent = true,
            FromZero = true,
            Reference = ("even", 1.0 / adapters),
            Lines = [.. Enumerable.Range(0, adapters).Select(i => new Series($"adapter {i + 1}", Points(layers, part, l => l.Weights.Count > i ? l.Weights[i] : null), Charts.Style(i)))],
        }.Draw());
        return Html.Of($"""
            <section><h2>Routers</h2>
            <div class="two">{Lambdas(layers, parts)}<div class="aside"><p>Mean weight that each adapter was given over all tokens of {Figures.Whole(routers.Number("pictures"))} {routers.Text("split")} pictures, epoch {Figures.Plain(routers.Number("epoch"))}. Were the router of no use,
            each of {adapters} adapters would weigh {Figures.Percent(1.0 / adapters)}.</p>{(layers.Any(l => l.Lambda is not null) ? Html.Of($"<p>Lambda is the learned share of the branch that looks at the layer's input (1) against the one that looks at the adapters' outputs (0); it begins at 0.5.</p>") : default)}</div>{Html.Join(charts)}</div>
            {Table(layers, adapters)}</section>
            """);
    }

    private static Html Lambdas(Layer[] layers, string[] parts) => layers.All(l => l.Lambda is null) ? default : new LineChart
    {
        Title = "Learned lambda",
        Across = "block",
        Reference = ("start", 0.5),
        Lines = [.. parts.Select((part, i) => new Series(part, Points(layers, part, l => l.Lambda), Charts.Style(i)))],
    }.Draw();

    private static Html Table(Layer[] layers, int adapters) => Html.Of($"""
        <details><summary>Every layer</summary><div class="tall"><table class="heat"><caption>Lambda and mean router weights of each adapted layer</caption>
        <thead><tr><th scope="col">layer</th><th scope="col" class="n">lambda</th>{Html.Each(Enumerable.Range(1, adapters), i => Html.Of($"<th scope=\"col\">adapter {i}</th>"))}<th scope="col" class="n">spread over classes</th></tr></thead><tbody>
        {Html.Each(layers, l => Html.Of($"<tr><th scope=\"row\" class=\"path\">{l.Path}</th><td class=\"n\">{Figures.Plain(l.Lambda, "0.0000")}</td>{Html.Each(l.Weights, w => Html.Of($"<td class=\"h hit\" style=\"--v:{w}\">{Figures.Percent(w)}</td>"))}<td class=\"n\">{Figures.Percent(l.Spread, 2)}</td></tr>\n"))}
        </tbody></table></div><p class="muted">Spread over classes: the farthest that a class's mean weight of an adapter lies from the mean of all pictures. The weights of every class are in routers.json.</p></details>
        """);

    private static List<(double X, double Y)> Points(Layer[] layers, string part, Func<Layer, double?> value) =>
        [.. layers.Where(l => l.Part == part && value(l) is not null).OrderBy(l => l.Depth).Select(l => ((double)l.Depth, value(l)!.Value))];

    private static Layer Read(JsonElement layer)
    {
        string path = layer.Text("layer") ?? "";
        string[] steps = path.Split('.');
        int number = Array.FindIndex(steps, s => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        IReadOnlyList<double> weights = layer.Numbers("weights");
        double spread = layer.At("classes") is not { ValueKind: JsonValueKind.Object } classes ? 0
            : classes.EnumerateObject().Select(c => layer.At("classes")!.Value.Numbers(c.Name))
                .SelectMany(c => c.Zip(weights, (a, b) => Math.Abs(a - b))).DefaultIfEmpty(0).Max();
        return new Layer(
            path, number < 0 ? path : steps[^1], number < 0 ? 0 : int.Parse(steps[number], CultureInfo.InvariantCulture), layer.Number("lambda"), weights, spread);
    }
}
