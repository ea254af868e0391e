using System.Text.Json;

namespace HkaFer.Training;

/// <summary>What the page of a pre-training run has of its own: losses, and what the model makes of pictures that it has not seen.</summary>
internal static class PretrainSections
{
    internal static Html Of(RunRecord run)
    {
        JsonElement s = run.Summary;
        IReadOnlyList<(double X, double Y)> scores = Charts.Points(run.Epochs, Charts.Score("loss"));
        (double Epoch, double Loss)? best = scores.Count > 0 ? scores.MinBy(p => p.Y) : null;
        return Html.Of($"""
            <div class="tiles">
            {RunReport.Tile(Figures.Plain(run.Scored?.At("metrics")?.Number("loss"), "0.0000"), "loss on held-out pictures")}
            {RunReport.Tile(Figures.Plain(best?.Loss, "0.0000"), best is { } least ? $"least loss, epoch {Figures.Plain(least.Epoch)}" : "least loss")}
            {RunReport.Tile(Figures.Whole(s.Number("encoder")), "weights of the backbone")}
            {RunReport.Tile(Figures.Whole(s.Number("trainable")), "trained weights, the decoder's included")}
            {RunReport.Tile(Figures.Duration(run.Clock.Number("seconds")), $"for {run.Epochs.Count} of {Figures.Whole(s.Number("epochs"))} epochs")}
            {RunReport.Tile(Figures.Bytes(run.Clock.Number("peak_memory_bytes")), "peak memory")}
            </div>
            {Curves(run, scores)}
            {Reconstructions(run)}
            """);
    }

    private static Html Curves(RunRecord run, IReadOnlyList<(double X, double Y)> scores)
    {
        if (run.Epochs.Count == 0)
        {
            return Html.Of($"<section><h2>Curves</h2><p>No epoch is finished yet.</p></section>");
        }

        var loss = new LineChart
        {
            Title = "Loss: squared error of hidden patches, each normalised",
            Lines = [new Series("train", Charts.Points(run.Epochs, e => e.Number("train_loss")), "s2 dashed"), new Series("held-out", scores, "s1")],
        };
        var rate = new LineChart { Title = "Learning rate at the end of the epoch", Lines = [new Series("rate", Charts.Points(run.Epochs, e => e.Number("learning_rate")), "s4")] };
        return Html.Of($"""
            <section><h2>Curves</h2><p class="muted">A loss of 1 is that of guessing every patch to be of one colour. Held-out pictures are as they are, with the same patches hidden after every epoch.</p>
            <div class="two">{loss.Draw()}{rate.Draw()}</div></section>
            """);
    }

    private static Html Reconstructions(RunRecord run) => run.Reconstructions.Count == 0 ? default : Html.Of($"""
        <section><h2>Reconstructions</h2>
        <p class="muted">Held-out pictures: as they are, what the model sees of them, and that with what it makes of the rest. It guesses the pattern of a patch; brightness and contrast of a hidden patch are its own, and a tint in a grey picture is an error of the guess.</p>
        {Html.Each(run.Reconstructions.Reverse(), Sheet)}</section>
        """);

    private static Html Sheet(JsonElement entry)
    {
        string epoch = Figures.Plain(entry.Number("epoch"));
        return Html.Of($"""
            <h3>After epoch {epoch}, loss {Figures.Plain(entry.Number("loss"), "0.0000")}</h3>
            {(RunReport.Picture(entry) is { } png ? Html.Of($"<img class=\"sheet\" src=\"data:image/png;base64,{png}\" alt=\"Held-out pictures, their visible patches and their reconstructions after epoch {epoch}\">") : Html.Of($"<p>no picture</p>"))}
            """);
    }
}
