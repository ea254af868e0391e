using System.Text.Json;

namespace HkaFer.Training;

/// <summary>What the page of a run that learns to describe faces has of its own: losses, how often a part is told right, and what it says of faces that it has not seen.</summary>
internal static class DescribeSections
{
    internal static Html Of(RunRecord run)
    {
        JsonElement? metrics = run.Scored?.At("metrics");
        return Html.Of($"""
            <div class="tiles">
            {RunReport.Tile(Figures.Plain(metrics?.Number("loss"), "0.0000"), "loss of descriptions of held-out faces, a token")}
            {RunReport.Tile(Figures.Percent(metrics?.Number("parts_accuracy")), "of their parts told right from the visual tokens")}
            {RunReport.Tile(Figures.Whole(run.Summary.Number("trainable")), "trained weights, the layer that tells parts included")}
            {RunReport.Tile(Figures.Duration(run.Clock.Number("seconds")), $"for {run.Epochs.Count} of {Figures.Whole(run.Summary.Number("epochs"))} epochs")}
            {RunReport.Tile(Figures.Bytes(run.Clock.Number("peak_memory_bytes")), "peak memory")}
            </div>
            {Curves(run)}
            {Descriptions(metrics)}
            """);
    }

    private static Html Curves(RunRecord run)
    {
        if (run.Epochs.Count == 0)
        {
            return Html.Of($"<section><h2>Curves</h2><p>No epoch is finished yet.</p></section>");
        }

        var parts = new LineChart
        {
            Title = "Parts told right, held-out faces",
            Lines = [new Series("parts", Charts.Points(run.Epochs, Charts.Score("parts_accuracy")), "s1")],
            Percent = true,
        };
        // Before it learns descriptions its loss is that of guessing any token, beside which the rest would be a flat line.
        var loss = new LineChart
        {
            Title = "Loss of descriptions, held-out faces",
            Lines = [new Series("held-out", Charts.Points(run.Epochs, e => e.At("metrics") is { } m && m.Items("descriptions").Count > 0 ? m.Number("loss") : null), "s1")],
        };
        var train = new LineChart { Title = "Training loss", Lines = [new Series("train", Charts.Points(run.Epochs, e => e.Number("train_loss")), "s2 dashed")] };
        return Html.Of($"""
            <section><h2>Curves</h2><p class="muted">In the first epochs (parts_epochs) the vision tower alone learns, from the looks of each part; then all of the model, from descriptions too, whose loss is added to the training loss from there on.</p>
            <div class="two">{parts.Draw()}{loss.Draw()}{train.Draw()}</div></section>
            """);
    }

    private static Html Descriptions(JsonElement? metrics) => metrics?.Items("descriptions") is not { Count: > 0 } said ? default : Html.Of($"""
        <section><h2>Descriptions</h2><p class="muted">Held-out faces: what the model says, and what they were drawn with.</p>
        <div class="scroll"><table><thead><tr><th scope="col">said</th><th scope="col">drawn</th></tr></thead><tbody>
        {Html.Each(said, d => Html.Of($"<tr><td>{d.Text("said")}</td><td>{d.Text("drawn")}</td></tr>\n"))}
        </tbody></table></div></section>
        """);
}
