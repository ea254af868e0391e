using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>
/// A run's folder: <c>run.json</c> (what it is and how far it came), <c>recipe.yaml</c> (every setting), <c>metrics.jsonl</c> (no clock readings, so that
/// equal runs give equal files), <c>timing.jsonl</c>, <c>best/</c> and <c>last/</c> (models), <c>state/</c> (what resuming needs), <c>lock</c> (see
/// <see cref="RunLock"/>).
/// </summary>
public sealed class RunFolder
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>A folder that need not exist yet.</summary>
    public RunFolder(string path) => Path = System.IO.Path.GetFullPath(path);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary><c>run.json</c>.</summary>
    public string Summary => File("run.json");

    /// <summary>The resolved recipe.</summary>
    public string Recipe => File("recipe.yaml");

    /// <summary>One line an epoch.</summary>
    public string Metrics => File("metrics.jsonl");

    /// <summary>One line an epoch: seconds, rate, memory.</summary>
    public string Timing => File("timing.jsonl");

    /// <summary>The model of the epoch with the best score.</summary>
    public string Best => File("best");

    /// <summary>The model after the last step.</summary>
    public string Last => File("last");

    /// <summary>What resuming needs.</summary>
    public string State => File("state");

    /// <summary>Eight bytes for each picture of a split, so that a resume can name one that has changed.</summary>
    internal string Pictures(string split) => System.IO.Path.Combine(State, $"{split}.pictures");

    /// <summary>The backbone of a run that trained one.</summary>
    public string Backbone(string which) => System.IO.Path.Combine(File(which), "backbone");

    /// <summary>Whether a folder is a run's.</summary>
    public static bool IsRun(string path) => System.IO.File.Exists(System.IO.Path.Combine(path, "run.json"));

    /// <summary>The folder of the model that a run reports: its last, or its best where the recipe selects that.</summary>
    /// <exception cref="HkaFerException">The run has saved no model yet.</exception>
    public static string ReportedModel(string path)
    {
        var run = new RunFolder(path);
        bool best = run.ReadSummary().TryGetProperty("selection", out JsonElement selection) && selection.ToString() == "best";
        string chosen = AtomicFolder.Current(best ? run.Best : run.Last), last = AtomicFolder.Current(run.Last);
        return Directory.Exists(chosen) ? chosen
            : Directory.Exists(last) ? last
            : throw new HkaFerException($"{path}: the run has saved no model yet; let it train for a while, or name another");
    }

    /// <summary>Reads <c>run.json</c>.</summary>
    public JsonElement ReadSummary() => CheckpointFolder.ReadJson(Summary);

    internal void WriteSummary(JsonObject summary) => AtomicFile.WriteText(Summary, summary.ToJsonString(s_indented) + "\n");

    /// <summary>Puts in order what a killed process left. Only for whoever holds the run's lock.</summary>
    internal void Recover()
    {
        AtomicFolder.Recover(Best);
        AtomicFolder.Recover(Last);
        AtomicFile.RemoveLeftovers(Path);
        AtomicFile.RemoveLeftovers(State);
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);
}
