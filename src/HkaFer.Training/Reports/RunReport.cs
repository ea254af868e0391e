using System.Text.Json;

namespace HkaFer.Training;

/// <summary>
/// The page that shows a run, <c>report.html</c>: scores, curves, confusion matrix, classes, calibration, the most confident mistakes with their pictures, routers,
/// time and memory, recipe, machine. Made from the files of the run's folder alone.
/// </summary>
public static class RunReport
{
    /// <summary>What of <c>run.json</c> has a section of its own.</summary>
    private static readonly string[] s_elsewhere = ["error", "zero_shot", "best", "last", "test", "timing", RunFolder.StagesKey];

    /// <summary>Brings all that is made from a run's other files up to date: <c>report.html</c>, and the numbers for TensorBoard.</summary>
    /// <param name="folder">The run's.</param>
    /// <returns>The page's path.</returns>
    /// <exception cref="HkaFerException">There is no run, a file of it is damaged, or one of the two cannot be written.</exception>
    public static string Write(string folder)
    {
        RunRecord run = RunRecord.Read(folder);
        EventFile.Write(run);
        AtomicFile.WriteText(run.Folder.Report, Render(run));
        return run.Folder.Report;
    }

    internal static string Render(RunRecord run)
    {
        JsonElement s = run.Summary;
        JsonElement? metrics = run.Scored?.At("metrics"), test = s.At("test");
        return Page.Of($"{run.Name} · HkaFer", Html.Of($"""
            <h1>{run.Name}<span class="status {s.Text("status")}">{s.Text("status")}</span></h1>
            <p class="lead">{s.Text("method")} on {s.Text("backbone")} · trained on {s.Text("train")}{(s.Text("scored_on") is { } on ? Html.Of($" · scored on {on}") : default)}</p>
            {(s.Text("error") is { } error ? Html.Of($"<p class=\"banner\"><b>Failed.</b> {error}</p>") : default)}
            {s.Text("task") switch { PretrainTask.Name => PretrainSections.Of(run), DescribeTask.Name => DescribeSections.Of(run), _ => Scores(run, metrics, test) }}
            {Cost(run)}
            {Settings(run)}
            """));
    }

    private static Html Scores(RunRecord run, JsonElement? metrics, JsonElement? test) => Html.Of($"""
            {Tiles(run, metrics, test)}
            {Stages(run.Summary)}
            {Curves(run)}
            {(metrics is { } m ? ScoreSections.Of(m, $"The {run.Scored!.Value.Text("split")} split after epoch {Figures.Plain(run.Scored.Value.Number("epoch"))}") : default)}
            {(test is { } t ? ScoreSections.Of(t, $"The test split, scored once at the end, with the model of epoch {Figures.Plain(t.Number("epoch"))}") : default)}
            {Mistakes(run)}
            {(run.Routers is { } routers ? RouterSection.Of(routers) : default)}
            {(run.Explanation is { } explanation ? ExplanationSection.Of(explanation) : default)}
            """);

    private static Html Tiles(RunRecord run, JsonElement? metrics, JsonElement? test)
    {
        JsonElement s = run.Summary;
        double? trainable = s.Number("trainable"), total = s.Number("total");
        JsonElement time = run.Clock;
        string split = run.Scored?.Text("split") ?? "scored";
        return Html.Of($"""
            <div class="tiles">
            {(test is { } t ? Tile(Figures.Percent(t.Number("accuracy")), t.Number("epoch") is { } of ? $"accuracy, test, epoch {Figures.Plain(of)}" : "accuracy, test") : default)}
            {Tile(Figures.Percent(metrics?.Number("accuracy")), $"accuracy, {split}")}
            {Tile(Figures.Percent(metrics?.Number("macro_f1")), $"macro F1, {split}")}
            {(s.At("zero_shot") is { } untrained ? Tile(Figures.Percent(untrained.Number("accuracy")), "accuracy by texts alone, before training") : default)}
            {(run.Best is { } best ? Tile(Figures.Percent(best.Accuracy), $"best accuracy, {split}, epoch {Figures.Plain(best.Epoch)}") : default)}
            {(metrics is { } m && m.Number("unparsed") is { } unparsed && m.Number("count") is > 0 and { } count ? Tile(Figures.Percent(1 - (unparsed / count)), $"of its answers parse, {split}") : Tile(Figures.Percent(metrics?.Number("ece")), "calibration error"))}
            {Tile(Figures.Whole(trainable), trainable is { } a && total is > 0 and { } b ? $"trained weights, {Figures.Percent(a / b, 2)} of {Figures.Whole(total)}" : "trained weights")}
            {Tile(Figures.Duration(time.Number("seconds")), s.Items(RunFolder.StagesKey) is { Count: > 0 } stages ? $"for {stages.Count(stage => stage.Text("status") == "done")} of {stages.Count} stages" : $"for {run.Epochs.Count} of {Figures.Whole(s.Number("epochs"))} epochs")}
            {Tile(Figures.Bytes(time.Number("peak_memory_bytes")), "peak memory")}
            </div>
            """);
    }

    /// <summary>The stages of a run that has some, each with its own page; what follows is the last one's.</summary>
    private static Html Stages(JsonElement summary) => summary.Items(RunFolder.StagesKey) is not { Count: > 0 } stages ? default : Html.Of($"""
        <section><h2>Stages</h2><p class="muted">Curves, scores and mistakes on this page are those of the last stage that has begun.</p>
        <div class="scroll"><table><thead><tr><th scope="col">stage</th><th scope="col">status</th><th scope="col" class="n">accuracy</th><th scope="col" class="n">accuracy, test</th></tr></thead><tbody>
        {Html.Each(stages, s => Html.Of($"<tr><th scope=\"row\">{(s.Text("status") == "planned" ? Html.Of($"{s.Text("name")}") : Html.Of($"<a href=\"{s.Text("name")}/report.html\">{s.Text("name")}</a>"))}</th><td>{s.Text("status")}</td><td class=\"n\">{Figures.Percent(s.Number("accuracy"), 2)}</td><td class=\"n\">{Figures.Percent(s.Number("test_accuracy"), 2)}</td></tr>\n"))}
        </tbody></table></div></section>
        """);

    /// <summary>A number and what it is.</summary>
    internal static Html Tile(string value, string name) => Html.Of($"<div class=\"tile\"><b>{value}</b><span>{name}</span></div>\n");

    private static Html Curves(RunRecord run)
    {
        if (run.Epochs.Count == 0)
        {
            return Html.Of($"<section><h2>Curves</h2><p>No epoch is finished yet.</p></section>");
        }

        string split = run.Scored?.Text("split") ?? "scored";
        int classes = run.Summary.Items("labels").Count;
        IReadOnlyList<(double X, double Y)> scores = Charts.Points(run.Epochs, Charts.Score("accuracy"));
        var loss = new LineChart
        {
            Title = "Loss, mean over pictures",
            Lines = [Line("train", "s2 dashed", e => e.Number("train_loss")), Line(split, "s1", Charts.Score("log_loss"))],
        };
        var accuracy = new LineChart
        {
            Title = "Accuracy and macro F1",
            Percent = true,
            Reference = classes > 1 ? ("chance", 1.0 / classes) : null,
            Mark = run.Best is { } best && scores.Count > 1 ? ("best", best.Epoch, best.Accuracy) : null,
            Lines =
            [
                Line("train", "s2 dashed", e => e.Number("train_accuracy")), Line(split, "s1", Charts.Score("accuracy")),
                Line("macro F1", "s3 dotted", Charts.Score("macro_f1")),
            ],
        };
        var rate = new LineChart { Title = "Learning rate at the end of the epoch", Lines = [Line("rate", "s4", e => e.Number("learning_rate"))] };
        var calibration = new LineChart { Title = "Expected calibration error", Percent = true, Lines = [Line(split, "s1", Charts.Score("ece"))] };
        // A model that writes its answers is scored by them alone: it has neither a probability of each class nor an accuracy while it trains.
        bool learns = run.Epochs.Any(e => e.Number("train_accuracy") is not null), scored = run.Epochs.Any(e => Charts.Score("log_loss")(e) is not null);
        return Html.Of($"""
            <section><h2>Curves</h2>{(learns ? Html.Of($"<p class=\"muted\">Training accuracy is measured on augmented pictures while the weights still change, so it may lie below that of the {split} split.</p>") : default)}
            <div class="two">{accuracy.Draw()}<div>{loss.Draw()}{(scored ? Html.Of($"""
            <p class="key">These are not the same loss: train is what is minimised, with the recipe's label smoothing, mixing and class weights, on augmented pictures;
            {split} is plain cross-entropy on pictures as they are. Either may be the lower one.</p>
            """) : default)}</div>{rate.Draw()}{(scored ? calibration.Draw() : default)}</div></section>
            """);

        Series Line(string name, string style, Func<JsonElement, double?> read) => new(name, Charts.Points(run.Epochs, read), style);
    }

    private static Html Mistakes(RunRecord run)
    {
        if (run.Mistakes is not { } file)
        {
            return default;
        }

        IReadOnlyList<JsonElement> all = file.Items("mistakes");
        bool written = all.Any(m => m.Text("answer") is not null);
        return Html.Of($"""
            <section><h2>{(written ? "Mistakes" : "Most confident mistakes")}</h2>
            {(all.Count == 0 ? Html.Of($"<p>None: every picture of the {file.Text("split")} split was right.</p>") : Html.Of($"<p class=\"muted\">{all.Count} of {Figures.Whole(file.Number("wrong"))} wrong predictions on the {file.Text("split")} split after epoch {Figures.Plain(file.Number("epoch"))}, {(written ? "the first of the split, with what the model wrote where it is no answer" : "the most confident first")}. Labels may be wrong too: these are the pictures to look at.</p>"))}
            <div class="gallery">{Html.Each(all, Mistake)}</div></section>
            """);

        static Html Mistake(JsonElement m)
        {
            // A text comes without a confidence; one that does not parse is all that is known of it.
            string? answer = m.Text("answer");
            string said = answer is null ? $"{m.Text("label")} {Figures.Percent(m.Number("confidence"))}" : m.Text("label") == AnswerEvaluation.Unparsed ? answer : $"{m.Text("label")}";
            string truth = answer is null ? $"is {m.Text("truth")} ({Figures.Percent(m.Number("truth_probability"))})" : $"is {m.Text("truth")}";
            string path = m.Text("path") ?? "", file = path[(path.LastIndexOf('/') + 1)..];
            return Html.Of($"""
                <figure>{(Picture(m) is { } png ? Html.Of($"<img src=\"data:image/png;base64,{png}\" alt=\"A picture of {m.Text("truth")} that was taken for {m.Text("label")}\">") : Html.Of($"<span class=\"gone\">no picture</span>"))}<figcaption><span class="path" title="{path}">{(file.Length > 0 ? file : path)}</span><b>{said}</b>{truth}</figcaption></figure>
                """);
        }
    }

    /// <summary>The PNG of an entry, read and written again: what is no base64 is no picture.</summary>
    internal static string? Picture(JsonElement entry) =>
        entry.At("png")?.Bytes() is { } png ? Convert.ToBase64String(png) : null;

    private static Html Cost(RunRecord run)
    {
        if (run.Timing.Count == 0)
        {
            return default;
        }

        JsonElement last = run.Clock;
        bool staged = run.Summary.Items(RunFolder.StagesKey).Count > 0;
        double?[] ends = [.. run.Timing.Select(t => t.Number("seconds"))];
        IReadOnlyList<(double, double)> each =
            [.. ends.Index().Where(e => e.Item is not null).Select(e => (e.Index + 1.0, e.Item!.Value - (e.Index == 0 ? 0 : ends[e.Index - 1] ?? 0)))];
        return Html.Of($"""
            <section><h2>Time and memory</h2>
            <p>{Figures.Duration(last.Number("seconds"))} in all, of which {Figures.Duration(last.Number("train_seconds"))} in training steps at {Figures.Plain(last.Number("images_per_second"), "0.0")} pictures a second{(staged ? " in the last stage, whose epochs are drawn" : "")}; the rest is scoring, reading and saving.
            The process held at most {Figures.Bytes(last.Number("peak_memory_bytes"))}.</p>
            <div class="two">{new LineChart { Title = "Seconds of each epoch", FromZero = true, Lines = [new Series("seconds", each, "s6")] }.Draw()}{new LineChart { Title = "Peak memory so far, MB", FromZero = true, Lines = [new Series("memory", Charts.Points(run.Timing, t => t.Number("peak_memory_bytes") / 1e6), "s5")] }.Draw()}</div></section>
            """);
    }

    private static Html Settings(RunRecord run) => Html.Of($"""
        <section><h2>Recipe, machine, versions, hashes</h2>
        <details open><summary>What the run says of itself (run.json)</summary><dl class="facts">
        {Html.Each(Facts(run.Summary, ""), f => Html.Of($"<dt>{f.Name}</dt><dd>{f.Value}</dd>\n"))}
        </dl></details>
        <details><summary>Every setting (recipe.yaml)</summary><pre>{run.Recipe}</pre></details></section>
        """);

    /// <summary>Values by their path; scores have sections of their own.</summary>
    private static IEnumerable<(string Name, string Value)> Facts(JsonElement json, string prefix) => json.EnumerateObject()
        .Where(p => p.Value.ValueKind != JsonValueKind.Null && !s_elsewhere.Contains(p.Name))
        .SelectMany(p => p.Value.ValueKind switch
        {
            JsonValueKind.Object => Facts(p.Value, $"{prefix}{p.Name}."),
            JsonValueKind.Array when p.Name == "command" => [($"{prefix}{p.Name}", string.Join(' ', p.Value.EnumerateArray().Select(a => Quoting.ShellWord(a.ToString()))))],
            JsonValueKind.Array => [($"{prefix}{p.Name}", string.Join(", ", p.Value.EnumerateArray()))],
            _ => [($"{prefix}{p.Name}", p.Value.ToString())],
        });
}
