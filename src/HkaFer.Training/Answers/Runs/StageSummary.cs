using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>The <c>run.json</c> of a staged run, made from those of its stages: scores, labels and data are those of the last stage that has begun.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="recipe">Its recipe.</param>
internal sealed class StageSummary(RunFolder folder, AnswerRecipe recipe)
{
    /// <summary>Entries of the last stage's <c>run.json</c> that are the run's as well.</summary>
    private static readonly string[] s_ofLast =
    [
        "epochs", "epochs_done", "step", "best", "last", "test", "task", "method", "backbone", "prompt", "train", "scored_on", "labels", "trainable", "total", "selection",
        "backbone_hash", "tested_on", "caution", "unused_tensors",
    ];

    /// <summary>What was there when this process began; null where it begins the run.</summary>
    private readonly JsonElement? _before = RunFolder.IsRun(folder.Path) ? folder.ReadSummary() : null;

    private bool _goesOn;

    /// <summary>A stage begins or goes on in this process.</summary>
    internal void GoOn()
    {
        _goesOn = true;
        Write("running");
    }

    /// <summary>Writes why the run failed, where that can be written: on a disk that is full the error that brought us here is the one to report.</summary>
    internal void Failed(Exception error)
    {
        try
        {
            Write("failed", error.Message);
        }
        catch (HkaFerException)
        {
            // As said.
        }
    }

    /// <summary>Writes it, and the report from it.</summary>
    /// <returns>Why the report could not be made, and how to make it again; else null. As for any run, the models are worth more than the page.</returns>
    internal string? Write(string status, string? error = null)
    {
        if (status == "done" && !_goesOn && _before is { } there && there.Text("status") == "done")
        {
            return File.Exists(folder.Report) ? null : Report();
        }

        IReadOnlyList<StageResult> stages = Stages();
        var json = new JsonObject { ["kind"] = "run", ["status"] = status, ["error"] = error, ["join"] = recipe.Join.ToString().ToLowerInvariant() };
        if (stages is [.., var last])
        {
            JsonObject of = JsonObject.Create(new RunFolder(last.Folder).ReadSummary())!;
            foreach (string key in s_ofLast.Where(of.ContainsKey))
            {
                json[key] = of[key]?.DeepClone();
            }
        }

        json[RunFolder.StagesKey] = new JsonArray([.. recipe.Stages.Select(stage => (JsonNode)new JsonObject
        {
            ["name"] = stage.Name,
            ["status"] = stages.FirstOrDefault(s => s.Name == stage.Name)?.Status ?? "planned",
            ["accuracy"] = (double?)stages.FirstOrDefault(s => s.Name == stage.Name)?.Last?["accuracy"],
            ["test_accuracy"] = (double?)stages.FirstOrDefault(s => s.Name == stage.Name)?.Test?["accuracy"],
        })]);
        // A process that only looks at a run is no part of it.
        foreach ((string key, JsonNode? value) in _before is { } before ? RunRecorder.PartsOf(before, _goesOn ? RunRecorder.Part() : null) : RunRecorder.Part())
        {
            json[key] = value?.DeepClone();
        }

        json["timing"] = new JsonObject
        {
            ["seconds"] = stages.Sum(s => s.Seconds),
            ["train_seconds"] = stages.Sum(s => s.TrainSeconds),
            ["images_per_second"] = stages.LastOrDefault()?.ImagesPerSecond ?? 0,
            ["peak_memory_bytes"] = stages.Select(s => s.PeakMemoryBytes).DefaultIfEmpty(0).Max(),
        };
        folder.WriteSummary(json);
        return Report();
    }

    private string? Report()
    {
        try
        {
            RunReport.Write(folder.Path);
            return null;
        }
        catch (HkaFerException e)
        {
            return RunRecorder.ReportWarning(folder.Path, e);
        }
    }

    internal AnswerRunResult Result(bool interrupted, IReadOnlyList<string> warnings) => new()
    {
        Folder = folder.Path,
        Stages = Stages(),
        Interrupted = interrupted,
        Warnings = warnings,
    };

    private IReadOnlyList<StageResult> Stages() => [.. recipe.Stages
        .Select(stage => (stage.Name, Folder: RunFolder.StageFolder(folder.Path, stage.Name))).Where(stage => RunFolder.IsRun(stage.Folder)).Select(stage =>
        {
            JsonElement json = new RunFolder(stage.Folder).ReadSummary();
            RunClock? clock = RunRecorder.ClockOf(json);
            return new StageResult(stage.Name, stage.Folder, json.Text("status") ?? "")
            {
                EpochsDone = (int)(json.Number("epochs_done") ?? 0),
                Best = Scores(json, "best"),
                Last = Scores(json, "last"),
                Test = Scores(json, "test"),
                Caution = json.Text("caution"),
                LeftOver = [.. json.Items("unused_tensors").Select(name => name.ToString())],
                Trainable = (long)(json.Number("trainable") ?? 0),
                Total = (long)(json.Number("total") ?? 0),
                Seconds = clock?.Seconds ?? 0,
                TrainSeconds = clock?.TrainSeconds ?? 0,
                ImagesPerSecond = clock?.ImagesPerSecond ?? 0,
                PeakMemoryBytes = clock?.PeakMemoryBytes ?? 0,
            };
        })];

    private static JsonObject? Scores(JsonElement json, string key) => json.At(key) is { ValueKind: JsonValueKind.Object } scores ? JsonObject.Create(scores) : null;
}
