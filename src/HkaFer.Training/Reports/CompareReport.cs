using System.Text.Json;

namespace HkaFer.Training;

/// <summary>The page that lays runs over each other: a table, curves, what differs in the recipes, F1 of each class.</summary>
internal static class CompareReport
{
    internal static string Render(RunComparison compared)
    {
        IReadOnlyList<RunRow> rows = compared.Runs;
        return Page.Of($"{string.Join(", ", rows.Select(r => r.Name))} · HkaFer", Html.Of($"""
            <h1>{rows.Count} runs compared</h1>
            <p class="lead">{string.Join(" · ", rows.Select(r => r.Name))}</p>
            {Scores(rows)}
            {Curves(compared)}
            {Recipes(compared)}
            {Classes(compared)}
            """));
    }

    private static Html Scores(IReadOnlyList<RunRow> rows)
    {
        double? Best(Func<RunRow, double?> of, bool least = false) => BestOf(rows.Select(of), least);
        (string Head, Func<RunRow, double?> Of, Func<double?, string> Text, double? Best)[] columns =
        [
            ("accuracy, last epoch", r => r.Accuracy, v => Figures.Percent(v, 2), Best(r => r.Accuracy)),
            ("best accuracy", r => r.BestAccuracy, v => Figures.Percent(v, 2), Best(r => r.BestAccuracy)),
            ("macro F1", r => r.MacroF1, v => Figures.Percent(v, 2), Best(r => r.MacroF1)),
            ("calibration error", r => r.Ece, v => Figures.Percent(v, 2), Best(r => r.Ece, least: true)),
            ("test accuracy", r => r.TestAccuracy, v => Figures.Percent(v, 2), Best(r => r.TestAccuracy)),
            ("trained weights", r => r.Trainable, Figures.Whole, Best(r => r.Trainable, least: true)),
            ("epochs", r => r.EpochsDone, Figures.Whole, null),
            ("time", r => r.Seconds, Figures.Duration, Best(r => r.Seconds, least: true)),
            ("peak memory", r => r.PeakMemoryBytes, Figures.Bytes, Best(r => r.PeakMemoryBytes, least: true)),
        ];
        columns = [.. columns.Where(c => rows.Any(r => c.Of(r) is not null))];
        return Html.Of($"""
            <section><h2>Scores and cost</h2><div class="scroll"><table class="wide"><caption>The best of each column is marked ◂ where they differ</caption><thead><tr><th scope="col">run</th><th scope="col">method</th>{Html.Each(columns, c => Html.Of($"<th scope=\"col\" class=\"n\">{c.Head}</th>"))}</tr></thead><tbody>
            {Html.Each(rows.Index(), r => Html.Of($"<tr><th scope=\"row\" class=\"run\">{Key(r.Index)} {r.Item.Name}</th><td>{r.Item.Method}</td>{Html.Each(columns, c => Html.Of($"<td class=\"n{(c.Of(r.Item) is { } v && v == c.Best ? " best" : "")}\">{c.Text(c.Of(r.Item))}</td>"))}</tr>\n"))}
            </tbody></table></div></section>
            """);
    }

    private static Html Curves(RunComparison compared)
    {
        LineChart Chart(string title, Func<JsonElement, double?> value, bool percent = false) => new()
        {
            Title = title,
            Percent = percent,
            Lines = [.. compared.Records.Select((run, i) => new Series(compared.Runs[i].Name, Charts.Points(run.Epochs, value), Charts.Style(i)))],
        };
        var time = new LineChart
        {
            Title = "Accuracy by seconds since the start",
            Across = "seconds",
            Percent = true,
            Lines = [.. compared.Records.Select((run, i) => new Series(compared.Runs[i].Name, ByTime(run), Charts.Style(i)))],
        };
        return Html.Of($"""
            <section><h2>Curves</h2><p class="key">{Html.Each(compared.Runs.Index(), r => Html.Of($"<span class=\"run\">{Key(r.Index)} {r.Item.Name}</span> "))}</p>
            <div class="two">{Chart("Accuracy on the scored split", Charts.Score("accuracy"), percent: true).Draw()}{Chart("Loss on the scored split", Charts.Score("log_loss")).Draw()}{Chart("Training loss", e => e.Number("train_loss")).Draw()}{Chart("Training accuracy", e => e.Number("train_accuracy"), percent: true).Draw()}{Chart("Expected calibration error", Charts.Score("ece"), percent: true).Draw()}{time.Draw()}</div></section>
            """);
    }

    private static IReadOnlyList<(double X, double Y)> ByTime(RunRecord run) =>
    [
        .. run.Epochs.Zip(run.Timing).Select(e => (Seconds: e.Second.Number("seconds"), Accuracy: Charts.Score("accuracy")(e.First)))
            .Where(e => e.Seconds is not null && e.Accuracy is not null).Select(e => (e.Seconds!.Value, e.Accuracy!.Value)),
    ];

    private static Html Recipes(RunComparison compared) => compared.Differences.Count == 0
        ? Html.Of($"<section><h2>Recipes</h2><p>All recipes are the same.</p></section>")
        : Html.Of($"""
            <section><h2>Recipes</h2><div class="scroll"><table class="wide"><caption>Settings that differ</caption><thead><tr><th scope="col">key</th>{Html.Each(compared.Runs, r => Html.Of($"<th scope=\"col\" class=\"run\">{r.Name}</th>"))}</tr></thead><tbody>
            {Html.Each(compared.Differences, d => Html.Of($"<tr><th scope=\"row\">{d.Key}</th>{Html.Each(d.Values, v => Html.Of($"<td class=\"path\">{v ?? Figures.None}</td>"))}</tr>\n"))}
            </tbody></table></div></section>
            """);

    private static Html Classes(RunComparison compared)
    {
        Dictionary<string, double?>[] f1 = [.. compared.Records.Select(r => (r.Scored?.At("metrics")?.Items("per_class") ?? [])
            .GroupBy(c => c.Text("name") ?? "", StringComparer.Ordinal).ToDictionary(c => c.Key, c => c.First().Number("f1"), StringComparer.Ordinal))];
        string[] names = [.. f1.SelectMany(f => f.Keys).Distinct(StringComparer.Ordinal)];
        return names.Length == 0 ? default : Html.Of($"""
            <section><h2>Classes</h2><div class="scroll"><table class="wide"><caption>F1 of each class after the last scored epoch; the best of each row is marked ◂ where they differ</caption><thead><tr><th scope="col">class</th>{Html.Each(compared.Runs, r => Html.Of($"<th scope=\"col\" class=\"n run\">{r.Name}</th>"))}</tr></thead><tbody>
            {Html.Each(names, name => Row(name))}
            </tbody></table></div></section>
            """);

        Html Row(string name)
        {
            double? best = BestOf(f1.Select(f => f.GetValueOrDefault(name)));
            return Html.Of($"<tr><th scope=\"row\">{name}</th>{Html.Each(f1, f => Html.Of($"<td class=\"n{(f.GetValueOrDefault(name) is { } v && v == best ? " best" : "")}\">{Figures.Percent(f.GetValueOrDefault(name))}</td>"))}</tr>\n");
        }
    }

    /// <summary>The value to mark: none where all are equal, for then nobody is best.</summary>
    private static double? BestOf(IEnumerable<double?> values, bool least = false)
    {
        double[] known = [.. values.OfType<double>()];
        return known.Distinct().Count() < 2 ? null : least ? known.Min() : known.Max();
    }

    /// <summary>A piece of a run's line.</summary>
    private static Html Key(int run) =>
        Html.Of($"<svg class=\"sample\" viewBox=\"0 0 26 8\" aria-hidden=\"true\"><line class=\"line {Charts.Style(run)}\" x1=\"2\" x2=\"24\" y1=\"4\" y2=\"4\"/></svg>");
}
