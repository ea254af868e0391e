using System.Text;

namespace HkaFer.Training;

/// <summary>A filled table as a page.</summary>
internal static class ExperimentPage
{
    /// <summary>The document; no clock readings.</summary>
    /// <param name="table">The table.</param>
    /// <param name="drawings">What is drawn above it: title and SVG.</param>
    internal static string Render(ExperimentTable table, IReadOnlyList<(string Title, string Svg)> drawings)
    {
        Experiment experiment = table.Experiment;
        return Page.Of($"{experiment.Title} · HkaFer", Html.Of($"""
            <h1>{experiment.Title}</h1>
            <p class="lead">{experiment.Source}</p>
            {Drawings(drawings)}
            <section><h2>Ours and the paper's</h2><p>{ExperimentText.Legend(table)}</p>
            <div class="scroll"><table class="wide"><thead><tr><th scope="col">method</th>{Head(experiment)}</tr></thead><tbody>
            {Html.Each(experiment.Rows.Index(), row => Row(table, row.Index))}
            </tbody></table></div></section>
            {Comparisons(table)}
            {Html.Each(ExperimentAppendix.Sections(table), List)}
            """));
    }

    // As pictures of their own: each has its style sheet, whose names would meet the page's.
    private static Html Drawings(IReadOnlyList<(string Title, string Svg)> drawings) => drawings.Count == 0 ? default : Html.Of($"""
        <section><h2>{(drawings.Count == 1 ? "Figure" : "Figures")}</h2><div class="{(drawings.Count == 1 ? "" : "two")}">
        {Html.Each(drawings, drawing => Drawing(drawing.Title, Convert.ToBase64String(Encoding.UTF8.GetBytes(drawing.Svg))))}
        </div></section>
        """);

    private static Html Head(Experiment experiment) => Html.Of($"""
        {(HasDetails(experiment) ? Html.Of($"<th scope=\"col\">backbone</th>") : default)}<th scope="col" class="n">trained</th>{(ExperimentText.HasPaperCounts(experiment) ? Html.Of($"<th scope=\"col\" class=\"n\">paper</th>") : default)}{Html.Each(ExperimentText.Shown(experiment), shown => Html.Of($"<th scope=\"col\" class=\"n\">{shown.Head}</th>"))}
        """);

    private static Html Row(ExperimentTable table, int r)
    {
        Experiment experiment = table.Experiment;
        ExperimentRow row = experiment.Rows[r];
        bool heads = row.Group.Length > 0 && (r == 0 || experiment.Rows[r - 1].Group != row.Group);
        int width = 2 + (HasDetails(experiment) ? 1 : 0) + (ExperimentText.HasPaperCounts(experiment) ? 1 : 0) + ExperimentText.Shown(experiment).Count;
        return Html.Of($"""
            {(heads ? Html.Of($"<tr><th scope=\"rowgroup\" colspan=\"{width}\" class=\"muted\">{row.Group}</th></tr>") : default)}
            <tr><th scope="row">{row.Label}</th>{(HasDetails(experiment) ? Html.Of($"<td>{row.Detail}</td>") : default)}<td class="n">{ExperimentText.Trained(table.Values[r])}</td>{(ExperimentText.HasPaperCounts(experiment) ? Html.Of($"<td class=\"n muted\">{(row.PaperTrainable.Length == 0 ? ExperimentText.None : row.PaperTrainable)}</td>") : default)}{Html.Each(ExperimentText.Shown(experiment), shown => Html.Of($"<td class=\"{(shown.IsPaper ? "n muted" : "n")}\">{ExperimentText.Cell(table.Values[r], shown)}</td>"))}</tr>
            """);
    }

    private static Html Drawing(string title, string svg) => Html.Of($"""
        <figure><figcaption>{title}</figcaption>
        <img style="max-width:100%;height:auto" alt="{title}" src="data:image/svg+xml;base64,{svg}"></figure>

        """);

    private static Html Comparisons(ExperimentTable table) => table.Comparisons.Count == 0 ? default : Html.Of($"""
        <section><h2>{ExperimentAppendix.ComparisonHead}</h2><p>{ExperimentAppendix.ComparisonLead}</p>
        <div class="scroll tall"><table class="wide"><thead><tr>{Html.Each(ExperimentAppendix.ComparisonColumns, Head)}</tr></thead><tbody>
        {Html.Each(table.Comparisons, comparison => Html.Of($"<tr>{Cells(ExperimentAppendix.Cells(comparison))}</tr>\n"))}
        </tbody></table></div></section>
        """);

    private static Html Cells(string[] comparison) => Html.Each(
        comparison.Zip(ExperimentAppendix.ComparisonColumns),
        cell => cell.Second.IsNumber ? Html.Of($"<td class=\"n\">{cell.First}</td>") : Html.Of($"<td>{cell.First}</td>"));

    private static Html Head((string Head, bool IsNumber) column) =>
        column.IsNumber ? Html.Of($"<th scope=\"col\" class=\"n\">{column.Head}</th>") : Html.Of($"<th scope=\"col\">{column.Head}</th>");

    private static Html List(ExperimentAppendix.Section section) => Html.Of($"""
        <section><h2>{section.Head}</h2>{(section.Lead is null ? default : Html.Of($"<p>{section.Lead}</p>"))}
        <ul>{Html.Each(section.Items, item => Html.Of($"<li class=\"path\">{item}</li>"))}</ul></section>

        """);

    private static bool HasDetails(Experiment experiment) => experiment.Rows.Any(row => row.Detail.Length > 0);
}
