using System.Text.Json;

namespace HkaFer.Training;

/// <summary>What a report says of one scored split: confusion matrix, classes, calibration.</summary>
internal static class ScoreSections
{
    /// <summary>Beyond this a cell shows its count only.</summary>
    private const int FewClasses = 12;

    /// <summary>All of it, from the JSON form of an <see cref="EvaluationResult"/>.</summary>
    /// <param name="metrics">See <see cref="MetricsJson"/>.</param>
    /// <param name="what">Split and epoch.</param>
    internal static Html Of(JsonElement metrics, string what) => Html.Of($"""
        <section><h2>Confusion matrix</h2>
        <p class="muted">{what}. A row is what the pictures show, a column what the model says. Cells give the number of pictures and their share of the row: blue is right, orange is wrong.</p>
        {Confusion(metrics)}</section>
        <section><h2>Classes and calibration</h2>
        <div class="two"><div>{Classes(metrics)}</div><div>{ReliabilityChart.Draw(metrics)}{Calibration(metrics)}</div></div></section>
        """);

    private static Html Confusion(JsonElement metrics)
    {
        string[] names = Names(metrics);
        double[][] rows = [.. metrics.Items("confusion").Select(row => row.ValueKind == JsonValueKind.Array
            ? row.EnumerateArray().Numbers().ToArray() : [])];
        return Html.Of($"""
            <div class="scroll"><table class="heat"><caption>Truth by prediction</caption><thead><tr><th scope="col">truth \ predicted</th>{Html.Each(names, n => Html.Of($"<th scope=\"col\">{n}</th>"))}</tr></thead><tbody>
            {Html.Each(names.Index().Where(n => n.Index < rows.Length), n => Html.Of($"<tr><th scope=\"row\">{n.Item}</th>{Html.Each(rows[n.Index].Index(), cell => Cell(n.Index, cell.Index, cell.Item, rows[n.Index].Sum()))}</tr>\n"))}
            </tbody></table></div>
            """);

        Html Cell(int row, int column, double count, double all)
        {
            double share = all > 0 ? count / all : 0;
            string style = row == column ? "hit" : "miss";
            return Html.Of($"""
                <td class="h {style}" style="--v:{share}" title="{names[row]} as {names.ElementAtOrDefault(column)}: {Figures.Whole(count)} of {Figures.Whole(all)}">{Figures.Whole(count)}{(names.Length <= FewClasses ? Html.Of($"<small>{Figures.Percent(share, 0)}</small>") : default)}</td>
                """);
        }
    }

    private static Html Classes(JsonElement metrics) => Html.Of($"""
        <div class="scroll"><table class="wide"><caption>Each class</caption><thead><tr><th scope="col">class</th><th scope="col" class="n">pictures</th><th scope="col" class="n">precision</th><th scope="col" class="n">recall</th><th scope="col" class="n">F1</th><th scope="col"><span class="muted">F1</span></th></tr></thead><tbody>
        {Html.Each(metrics.Items("per_class"), c => Html.Of($"<tr><th scope=\"row\">{c.Text("name")}</th><td class=\"n\">{Figures.Whole(c.Number("support"))}</td><td class=\"n\">{Figures.Percent(c.Number("precision"))}</td><td class=\"n\">{Figures.Percent(c.Number("recall"))}</td><td class=\"n\">{Figures.Percent(c.Number("f1"))}</td><td><span class=\"bar\"><i style=\"--v:{c.Number("f1") ?? 0}\"></i></span></td></tr>\n"))}
        </tbody></table></div>
        <h3>Over all classes</h3>
        <div class="scroll"><table><tbody>
        {Html.Each(Overall(metrics), o => Html.Of($"<tr><th scope=\"row\">{o.Name}</th><td class=\"n\">{o.Value}</td></tr>"))}
        </tbody></table></div>
        """);

    private static IEnumerable<(string Name, string Value)> Overall(JsonElement m) =>
    [
        ("pictures", Figures.Whole(m.Number("count"))),
        ("accuracy", Figures.Percent(m.Number("accuracy"), 2)),
        ("macro F1", Figures.Percent(m.Number("macro_f1"), 2)),
        ("weighted F1", Figures.Percent(m.Number("weighted_f1"), 2)),
        ("balanced accuracy", Figures.Percent(m.Number("balanced_accuracy"), 2)),
        ("Cohen's kappa", Figures.Plain(m.Number("kappa"))),
        ("log loss", Figures.Plain(m.Number("log_loss"))),
    ];

    private static Html Calibration(JsonElement metrics)
    {
        double right = metrics.Number("accuracy") ?? 0, claimed = 0, all = 0;
        foreach (JsonElement bin in metrics.Items("calibration"))
        {
            claimed += (bin.Number("confidence") ?? 0) * (bin.Number("count") ?? 0);
            all += bin.Number("count") ?? 0;
        }

        if (all == 0)
        {
            return default;
        }

        string tendency = claimed / all > right ? "more sure than it is right" : "less sure than it is right";
        return Html.Of($"""
            <p>Expected calibration error <b>{Figures.Percent(metrics.Number("ece"), 2)}</b> over {metrics.Items("calibration").Count} bins: the distance between claimed and true, averaged over the pictures.
            On the whole the model is {tendency} (claims {Figures.Percent(claimed / all)}, is right {Figures.Percent(right)}).</p>
            """);
    }

    private static string[] Names(JsonElement metrics) => [.. metrics.Items("per_class").Select(c => c.Text("name") ?? "")];
}
