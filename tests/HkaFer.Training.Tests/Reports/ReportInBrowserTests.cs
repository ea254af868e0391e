using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Reports in headless Chromium: nothing on the console, nothing from a network, nothing from outside that became markup.</summary>
public sealed class ReportInBrowserTests
{
    public static bool NoBrowser => Chromium.Path is null;

    private const string Hostile = "</td><script>document.title='taken'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>'\"&amp;--><style>*{display:none}</style>";

    [Fact(Skip = "needs chromium on the PATH (Debian: apt-get install chromium)", SkipWhen = nameof(NoBrowser))]
    public async Task Report_of_a_run_opens_without_a_complaint_in_light_and_dark()
    {
        using var scratch = new Scratch();
        string backbone = scratch["backbone"], heka = scratch["heka"];
        TrainingRun.Execute(TinyRecipe.Full.With("training.epochs=1"), backbone);
        TrainingRun.Execute(TinyRecipe.HeKA(backbone), heka);
        using Chromium browser = await Chromium.Start();

        foreach (bool dark in (bool[])[false, true])
        {
            await browser.Open(new RunFolder(heka).Report, dark: dark);
            Assert.Empty(browser.Complaints);
            Assert.Equal("heka · HkaFer", (await browser.Evaluate("document.title")).GetString());
            string[] headings = [.. (await browser.Evaluate("[...document.querySelectorAll('h2')].map(h => h.textContent)")).EnumerateArray().Select(h => h.GetString()!)];
            Assert.Equal(
                ["Curves", "Confusion matrix", "Classes and calibration", "Most confident mistakes", "Routers", "Time and memory", "Recipe, machine, versions, hashes"],
                headings);
            Assert.True((await browser.Evaluate("document.querySelectorAll('svg[role=img][aria-label]').length")).GetInt32() >= 8);
            Assert.Equal(0, (await browser.Evaluate("[...document.images].filter(i => !i.complete || i.naturalWidth == 0).length")).GetInt32());
            Assert.Equal(0, (await browser.Evaluate("document.scripts.length")).GetInt32());
            Assert.Equal(dark ? "rgb(14, 17, 22)" : "rgb(246, 247, 249)", (await browser.Evaluate("getComputedStyle(document.body).backgroundColor")).GetString());
        }

        // On a phone nothing but tables and code, which scroll by themselves, is wider than the screen.
        await browser.Open(new RunFolder(heka).Report, width: 390);
        Assert.True((await browser.Evaluate("document.documentElement.scrollWidth")).GetInt32() <= 390);
    }

    [Fact(Skip = "needs chromium on the PATH (Debian: apt-get install chromium)", SkipWhen = nameof(NoBrowser))]
    public async Task Hostile_names_and_paths_stay_text()
    {
        using var scratch = new Scratch();
        WriteHostile(scratch, "run");
        WriteHostile(scratch, "other");
        RunReport.Write(scratch["run"]);
        string compared = RunComparison.Of([scratch["run"], scratch["other"]]).WriteReport(scratch["compare.html"]);
        using Chromium browser = await Chromium.Start();

        foreach (string page in (string[])[new RunFolder(scratch["run"]).Report, compared])
        {
            await browser.Open(page);
            Assert.Empty(browser.Complaints);
            Assert.NotEqual("taken", (await browser.Evaluate("document.title")).GetString());
            Assert.Equal(0, (await browser.Evaluate("document.scripts.length + document.querySelectorAll('[onerror], img[src^=http]').length")).GetInt32());
            Assert.Equal(1, (await browser.Evaluate("document.querySelectorAll('style').length")).GetInt32());
            Assert.True((await browser.Evaluate($"document.body.textContent.includes({JsonSerializer.Serialize(Hostile)})")).GetBoolean());
        }
    }

    /// <summary>A test that fails on a complaint must be able to: this page makes each kind of them.</summary>
    [Fact(Skip = "needs chromium on the PATH (Debian: apt-get install chromium)", SkipWhen = nameof(NoBrowser))]
    public async Task Browser_tells_of_errors_and_requests()
    {
        using var scratch = new Scratch();
        string page = scratch.Write("bad.html", """
            <!doctype html><title>bad</title><img src="http://127.0.0.1:9/picture.png"><script>console.error('said'); throw new Error('thrown')</script>
            """);
        using Chromium browser = await Chromium.Start();

        await browser.Open(page);
        Assert.Contains(browser.Complaints, c => c.Contains("said", StringComparison.Ordinal));
        Assert.Contains(browser.Complaints, c => c.Contains("thrown", StringComparison.Ordinal));
        Assert.Contains("request of http://127.0.0.1:9/picture.png", browser.Complaints);
    }

    private static void WriteHostile(Scratch scratch, string run)
    {
        EvaluationResult result = Metrics.Compute([Hostile, "b"], [0, 1, 0], new[] { 0.8f, 0.2f, 0.4f, 0.6f, 0.1f, 0.9f });
        var summary = new JsonObject
        {
            ["status"] = Hostile, ["method"] = Hostile, ["backbone"] = Hostile, ["train"] = Hostile, ["scored_on"] = Hostile, ["labels"] = new JsonArray(Hostile, "b"),
            ["test"] = MetricsJson.Write(result), [Hostile] = new JsonArray(Hostile), ["best"] = new JsonObject { ["epoch"] = 1, ["accuracy"] = 0.5 },
        };
        scratch.Write($"{run}/run.json", summary.ToJsonString());
        scratch.Write($"{run}/recipe.yaml", $"method: \"{run}\"\ndata: {JsonSerializer.Serialize(Hostile)}\n");
        scratch.Write($"{run}/metrics.jsonl", new JsonObject { ["epoch"] = 1, ["split"] = Hostile, ["train_loss"] = 1, ["metrics"] = MetricsJson.Write(result) }.ToJsonString() + "\n");
        scratch.Write($"{run}/mistakes.json", new JsonObject
        {
            ["epoch"] = 1, ["split"] = Hostile, ["wrong"] = 1,
            ["mistakes"] = new JsonArray(new JsonObject { ["path"] = Hostile, ["truth"] = Hostile, ["label"] = Hostile, ["confidence"] = 0.9, ["png"] = Hostile }),
        }.ToJsonString());
        scratch.Write($"{run}/routers.json", new JsonObject
        {
            ["epoch"] = 1, ["split"] = Hostile, ["pictures"] = 3,
            ["layers"] = new JsonArray(new JsonObject
            {
                ["layer"] = Hostile, ["router"] = Hostile, ["lambda"] = 0.4, ["weights"] = new JsonArray(0.3, 0.7), ["classes"] = new JsonObject { [Hostile] = new JsonArray(0.3, 0.7) },
            }),
        }.ToJsonString());
    }
}
