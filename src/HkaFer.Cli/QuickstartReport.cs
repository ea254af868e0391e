using System.Net;
using System.Text;
using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>The demonstration on one page that any browser shows, without a network.</summary>
internal static class QuickstartReport
{
    /// <summary>Writes <c>report.html</c>; the pictures stay beside it.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string folder, QuickstartResult result)
    {
        var page = new StringBuilder("""
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><title>HkaFer: quick start</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
            table { border-collapse: collapse } th, td { padding: .3rem .9rem; border-bottom: 1px solid #ccc; text-align: right }
            th:first-child, td:first-child { text-align: left }
            figure { display: inline-block; margin: .5rem; width: 9rem; vertical-align: top } img { width: 9rem } .wrong { color: #a00 }
            </style>
            <h1>Quick start</h1>
            <p>A small vision transformer that has seen shaded generated faces was adapted
            to faces of another drawing style, light and pose.</p>
            <table><tr><th>method<th>trained parameters<th>accuracy<th>macro F1<th>seconds</tr>

            """);
        foreach (QuickstartRow row in result.Rows)
        {
            page.AppendLine(FormattableString.Invariant(
                $"<tr><td>{Text(row.Method)}<td>{row.Trainable:N0}<td>{EvaluationText.Percent(row.Accuracy)}")
                + FormattableString.Invariant($"<td>{EvaluationText.Percent(row.MacroF1)}<td>{row.Seconds:F1}</tr>"));
        }

        page.AppendLine(
            $"</table>\n<p>Guessing gives {EvaluationText.Percent(result.Chance)}.</p>\n<h2>Held-out faces, by the saved adapter</h2>");
        foreach (QuickstartPrediction p in result.Predictions)
        {
            string source = Uri.EscapeDataString(Path.GetRelativePath(folder, p.Path).Replace('\\', '/'))
                .Replace("%2F", "/", StringComparison.Ordinal);
            string mark = p.Truth == p.Prediction.Label ? "" : " class=\"wrong\"";
            page.AppendLine(
                $"<figure><img src=\"{source}\" alt=\"{Text(p.Truth)}\">"
                + $"<figcaption{mark}>drawn as {Text(p.Truth)}<br>{Text(p.Prediction.ToString())}</figcaption></figure>");
        }

        page.AppendLine($"<p>Adapter: <code>{Text(result.Adapter)}</code></p>\n</html>");
        string path = Path.Combine(folder, "report.html");
        AtomicFile.WriteText(path, page.ToString());
        return path;
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
