using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>
/// A run's folder: <c>run.json</c> (what it is and how far it came), <c>recipe.yaml</c> (every setting), <c>metrics.jsonl</c> (no clock readings, so that
/// equal runs give equal files), <c>timing.jsonl</c>, <c>best/</c> and <c>last/</c> (models), <c>state/</c> (what resuming needs).
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

    /// <summary>Truth and probabilities of every picture of the last scored epoch, one line a picture.</summary>
    public string Predictions => File("predictions.jsonl");

    /// <summary>The most confident mistakes of the last scored epoch, with their pictures.</summary>
    public string Mistakes => File("mistakes.json");

    /// <summary>Lambda and mean router weights of each layer with Kronecker adapters.</summary>
    public string Routers => File("routers.json");

    /// <summary>The numbers of all epochs for TensorBoard; holds clock readings.</summary>
    public string Events => File("events.out.tfevents.0.hkafer");

    /// <summary>The page that shows the run; made from the other files, so it can be made again at any time.</summary>
    public string Report => File("report.html");

    /// <summary>The model of the epoch with the best score.</summary>
    public string Best => File("best");

    /// <summary>The model after the last step.</summary>
    public string Last => File("last");

    /// <summary>What resuming needs.</summary>
    public string State => File("state");

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
        return best && Directory.Exists(run.Best) ? run.Best
            : Directory.Exists(run.Last) ? run.Last
            : throw new HkaFerException($"{path}: the run has saved no model yet; let it train for a while, or name another");
    }

    /// <summary>Writes a folder under another name and then puts it in place, so that what is read is never half of one model and half of another.</summary>
    internal static void Replace(string folder, Action<string> write)
    {
        string fresh = folder + ".new", old = folder + ".old";
        Discard(fresh);
        Discard(old);
        write(fresh);
        if (Directory.Exists(folder))
        {
            Directory.Move(folder, old);
        }

        Directory.Move(fresh, folder);
        Discard(old);
    }

    /// <summary>Reads <c>run.json</c>.</summary>
    public JsonElement ReadSummary() => CheckpointFolder.ReadJson(Summary);

    internal void WriteSummary(JsonObject summary)
    {
        AtomicFile.WriteText(Summary, summary.ToJsonString(s_indented) + "\n");
        RunReport.Update(this);
    }

    /// <summary>Replaces the lines of a log by those of the epochs before <paramref name="epoch"/>, and adds one.</summary>
    internal static void AppendLine(string file, int epoch, JsonObject line)
    {
        // Rewritten whole, so that neither a crash nor a resumed epoch leaves half a line or two of one epoch.
        IEnumerable<string> before = System.IO.File.Exists(file) ? System.IO.File.ReadLines(file).Take(epoch) : [];
        AtomicFile.WriteText(file, string.Concat(before.Append(line.ToJsonString()).Select(l => l + "\n")));
    }

    private static void Discard(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);
}
