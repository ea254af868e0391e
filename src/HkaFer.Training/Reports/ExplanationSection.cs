using System.Text.Json;

namespace HkaFer.Training;

/// <summary>What a report shows of <c>explanation.json</c>: pictures with their maps, and the plane of features.</summary>
internal static class ExplanationSection
{
    /// <summary>Far more than is ever written; a page with more would not open.</summary>
    private const int MostPoints = 20_000, MostPictures = 1_000;

    internal static Html Of(JsonElement explanation)
    {
        Html pictures = explanation.At("pictures") is { } sheet ? Pictures(explanation, sheet) : default, plane = explanation.At("tsne") is { } tsne ? Plane(explanation, tsne) : default;
        return Html.Of($"{pictures}{plane}");
    }

    private static Html Pictures(JsonElement explanation, JsonElement sheet)
    {
        string[] columns = [.. sheet.Texts("columns")], labels = [.. sheet.Texts("labels")];
        IReadOnlyList<JsonElement> rows = sheet.Items("rows");
        if (columns.Length == 0 || rows.Count == 0 || (long)columns.Length * rows.Count > MostPictures)
        {
            return default;
        }

        var grid = new PictureGrid(columns, [.. rows.Select(row => new PictureRow(row.Text("title") ?? "", [.. row.Items("pictures").Take(columns.Length).Select(png => png.Bytes())], []))]);
        string layer = explanation.Text("layer") ?? "";
        return Html.Of($"""
            <section><h2>What the model looks at</h2>
            <p class="muted">One picture a class of the {explanation.Text("split")} split, where possible one that the model names rightly; made after {Figures.Plain(explanation.Number("epochs_done"))} epochs. Grad-CAM and Grad-CAM++: what in the last block speaks for the class;
            attention rollout: what the attention of all blocks passes on, whatever the class.{(layer.Length > 0 ? Html.Of($" Adapter: Grad-CAM++ of what each Kronecker adapter adds in {layer}.") : default)} Each map has a scale of its own, from dark (least) to pale yellow (most).</p>
            <div class="scroll"><svg class="pictures" viewBox="0 0 {grid.Width} {grid.Height}" role="img" aria-label="Pictures and maps">{grid.Body()}</svg></div>
            {(labels.Length == columns.Length ? Html.Of($"<p class=\"muted\">The model says: {string.Join("; ", columns.Zip(labels, (c, l) => $"{c}: {l}"))}.</p>") : default)}</section>
            """);
    }

    private static Html Plane(JsonElement explanation, JsonElement tsne)
    {
        double[] x = [.. tsne.Numbers("x")], y = [.. tsne.Numbers("y")], truth = [.. tsne.Numbers("truth")], label = [.. tsne.Numbers("label")];
        string[] classes = [.. tsne.Texts("classes")];
        bool fits = x.Length is > 0 and <= MostPoints && y.Length == x.Length && truth.Length == x.Length && label.Length == x.Length
            && truth.All(t => t >= 0 && t < classes.Length) && x.Concat(y).All(v => Math.Abs(v) < 1e9);
        if (!fits)
        {
            return default;
        }

        var chart = new ScatterChart { X = x, Y = y, Labels = [.. truth.Select(t => (int)t)], Classes = classes, Right = [.. truth.Zip(label, (a, b) => (int)a == (int)b)] };
        return Html.Of($"""
            <section><h2>Features in a plane</h2>
            <p class="muted">t-SNE of what the head reads of {Figures.Whole(x.Length)} of {Figures.Whole(tsne.Number("of"))} {explanation.Text("split")} pictures: what is alike to the model lies together; distances between groups and their sizes say little.
            Of the ten nearest neighbours of a point {Figures.Percent(tsne.Number("same_class"))} are of its class; trustworthiness {Figures.Plain(tsne.Number("trustworthiness"), "0.000")}, divergence {Figures.Plain(tsne.Number("divergence"), "0.00")}.</p>
            <svg class="scatter" viewBox="0 0 {chart.Width} {ScatterChart.Height}" role="img" aria-label="t-SNE of {x.Length} pictures">{chart.Body()}</svg></section>
            """);
    }
}
