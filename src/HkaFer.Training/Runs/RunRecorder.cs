using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>Writes what a run tells of itself while it goes on: <c>run.json</c>, and the records of each epoch.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="facts">Entries of <c>run.json</c> that stay the same.</param>
internal sealed class RunRecorder(RunFolder folder, JsonObject facts)
{
    private const string Parts = "parts";

    /// <summary>What tells a part of a run from another: where it ran, with what, how it was called.</summary>
    private static readonly string[] s_ofPart = ["machine", "versions", "command"];

    /// <summary>Why the report and the numbers for TensorBoard are not up to date, and what to do; null where they are.</summary>
    internal string? Warning { get; private set; }

    /// <summary>What is known of any run before it begins: length, machine, versions, command line.</summary>
    internal static IEnumerable<KeyValuePair<string, JsonNode?>> Facts(RunSettings settings) =>
    [
        new("epochs", settings.Epochs),
        new("selection", settings.Selection.ToString().ToLowerInvariant()),
        .. Part().Select(fact => KeyValuePair.Create(fact.Key, fact.Value?.DeepClone())),
    ];

    /// <summary>The part of a run that this process is.</summary>
    internal static JsonObject Part() => new()
    {
        ["machine"] = Machine.Describe(),
        ["versions"] = Machine.Versions(),
        ["command"] = new JsonArray([.. Environment.GetCommandLineArgs().Select(arg => (JsonNode)arg)]),
    };

    /// <summary>What a run tells of its parts: what the first says of itself stays, later ones are listed.</summary>
    /// <param name="before">Its <c>run.json</c> so far.</param>
    /// <param name="part">The part that goes on with it, or null where none does.</param>
    internal static JsonObject PartsOf(JsonElement before, JsonObject? part)
    {
        JsonObject told = JsonObject.Create(before)!;
        JsonNode?[] later = [.. (told[Parts] as JsonArray ?? []).Select(earlier => earlier?.DeepClone()), .. part is null ? Array.Empty<JsonNode>() : [part]];
        var parts = new JsonObject(s_ofPart.Where(told.ContainsKey).Select(key => KeyValuePair.Create(key, told[key]?.DeepClone())));
        if (later.Length > 0)
        {
            parts[Parts] = new JsonArray(later);
        }

        return parts;
    }

    /// <summary>Goes on with a run: what its first part says of itself stays, and this part is added to the list of later ones.</summary>
    /// <param name="summary">Its <c>run.json</c>.</param>
    internal void Continue(JsonElement summary)
    {
        var part = new JsonObject(s_ofPart.Select(key => KeyValuePair.Create(key, facts[key]?.DeepClone())));
        foreach ((string key, JsonNode? value) in PartsOf(summary, part))
        {
            facts[key] = value?.DeepClone();
        }
    }

    /// <summary>The clock of a run as its <c>run.json</c> has it; null where it has none.</summary>
    /// <param name="summary">Its <c>run.json</c>.</param>
    internal static RunClock? ClockOf(JsonElement summary) =>
        summary.At("timing") is { } timing && timing.Number("seconds") is { } seconds && timing.Number("images_per_second") is { } rate
        && timing.Number("peak_memory_bytes") is { } bytes
            ? new RunClock(seconds, timing.Number("train_seconds") ?? 0, rate, (long)bytes) : null;

    /// <summary>Seconds of a run so far, and of its training steps, as <c>run.json</c> has them; zero where it has none.</summary>
    internal static (double All, double Training) SecondsOf(JsonElement summary)
    {
        return (Of("seconds"), Of("train_seconds"));

        double Of(string key) => summary.TryGetProperty("timing", out JsonElement timing) && timing.ValueKind == JsonValueKind.Object
            && timing.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
    }

    /// <summary>
    /// Records an epoch. Everything that is written once an epoch is written from here. An epoch that is trained again after a crash is recorded
    /// again, so each writer replaces what it has of this epoch and of later ones.
    /// </summary>
    internal void Epoch(EpochRecord epoch, RunClock clock)
    {
        AppendLine(folder.Metrics, epoch.Epoch - 1, new JsonObject
        {
            ["epoch"] = epoch.Epoch,
            ["learning_rate"] = epoch.LearningRate,
            ["train_loss"] = epoch.TrainLoss,
            ["train_accuracy"] = epoch.TrainAccuracy,
            ["split"] = epoch.Split,
            ["metrics"] = epoch.Metrics?.DeepClone(),
        });
        JsonObject timing = Timing(clock);
        timing.Insert(0, "epoch", epoch.Epoch);
        timing.Insert(1, "time", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
        AppendLine(folder.Timing, epoch.Epoch - 1, timing);
        UpdateReport();
    }

    /// <summary>Takes back the records of epochs that a checkpoint knows nothing of.</summary>
    /// <exception cref="HkaFerException">Records of the epochs that it knows are missing.</exception>
    internal void KeepEpochs(int epochs)
    {
        foreach (string file in (string[])[folder.Metrics, folder.Timing])
        {
            string[] lines = File.Exists(file) ? File.ReadAllLines(file) : [];
            if (lines.Length < epochs && file == folder.Metrics)
            {
                throw new HkaFerException($"{file}: holds {lines.Length} epochs, the checkpoint has completed {epochs}; put the file back, or start another run");
            }

            if (lines.Length > epochs)
            {
                AtomicFile.WriteText(file, string.Concat(lines.Take(epochs).Select(line => line + "\n")));
            }
        }
    }

    /// <summary>Writes <c>run.json</c>.</summary>
    /// <param name="status"><c>running</c>, <c>interrupted</c>, <c>failed</c> or <c>done</c>.</param>
    /// <param name="state">How far the run is.</param>
    /// <param name="untrained">Metrics before training, where there are any.</param>
    /// <param name="test">The score of the finished run on the split that scored no epoch.</param>
    /// <param name="clock">Times so far.</param>
    /// <param name="error">Why it failed.</param>
    /// <param name="stoppedEarly">Why it ended before its last epoch.</param>
    /// <param name="diverged">Whether it failed because the model no longer gives numbers: with these settings it always will.</param>
    internal void Summary(
        string status, TrainingState state, JsonObject? untrained, EpochMetrics? test, RunClock clock, string? error = null, string? stoppedEarly = null, bool diverged = false)
    {
        var summary = new JsonObject
        {
            ["kind"] = "run",
            ["status"] = status,
            ["error"] = error,
            [RunFolder.DivergedKey] = diverged ? true : null,
            ["epochs_done"] = state.Epoch,
            ["step"] = state.Step,
            ["stopped_early"] = stoppedEarly,
            ["zero_shot"] = untrained?.DeepClone(),
            ["best"] = state.BestEpoch == 0 ? null : new JsonObject([new("epoch", state.BestEpoch), .. Entries(state.BestMetrics!)]),
            ["last"] = state.LastMetrics?.DeepClone(),
            ["test"] = test is null ? null : new JsonObject([new("epoch", test.Epoch), .. Entries(test.Metrics)]),
        };
        foreach ((string key, JsonNode? value) in facts)
        {
            summary[key] = value?.DeepClone();
        }

        summary["timing"] = Timing(clock);
        folder.WriteSummary(summary);
        UpdateReport();
    }

    /// <summary>That a run's report could not be made, and how to make it again.</summary>
    internal static string ReportWarning(string run, HkaFerException problem) =>
        $"the report is not up to date: {problem.Message}; the models are safe: when this is put right, `hkafer runs report {run}` makes it again";

    /// <summary>
    /// The report is made from the other files and can be made again, so no run is lost for it: on a disk that is full the models that fit are worth
    /// more than the page that does not.
    /// </summary>
    private void UpdateReport()
    {
        try
        {
            RunReport.Write(folder.Path);
            Warning = null;
        }
        catch (HkaFerException e)
        {
            Warning = ReportWarning(folder.Path, e);
        }
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Entries(JsonObject json) => json.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()));

    private static JsonObject Timing(RunClock clock) => new()
    {
        ["seconds"] = clock.Seconds,
        ["train_seconds"] = clock.TrainSeconds,
        ["images_per_second"] = clock.ImagesPerSecond,
        ["peak_memory_bytes"] = clock.PeakMemoryBytes,
    };

    /// <summary>Replaces the lines of a log by its first <paramref name="before"/> ones, and adds one.</summary>
    private static void AppendLine(string file, int before, JsonObject line)
    {
        // Rewritten whole, so that neither a crash nor a resumed epoch leaves half a line or two of one epoch.
        IEnumerable<string> kept = File.Exists(file) ? File.ReadLines(file).Take(before) : [];
        AtomicFile.WriteText(file, string.Concat(kept.Append(line.ToJsonString()).Select(l => l + "\n")));
    }
}
