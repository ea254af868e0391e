using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>
/// A run's folder: <c>run.json</c> (what it is and how far it came), <c>recipe.yaml</c> (every setting), <c>metrics.jsonl</c> (no clock readings, so that
/// equal runs give equal files), <c>timing.jsonl</c>, <c>zero-shot.json</c> (of CLIP, before training), <c>predictions.jsonl</c>, <c>mistakes.json</c>
/// and <c>routers.json</c> (of the last scored epoch), <c>explanation.json</c> (where it was asked for), <c>reconstructions.json</c> (of pre-training), <c>report.html</c> and TensorBoard events (made from the others), <c>best/</c> and <c>last/</c> (models), <c>state/</c> (what resuming needs), <c>lock</c> (see
/// <see cref="RunLock"/>).
/// </summary>
public sealed class RunFolder
{
    /// <summary>The entry of <c>run.json</c> that lists the stages of a run that has some, each in a folder of its name and a run itself.</summary>
    internal const string StagesKey = "stages";

    /// <summary>The entry of <c>run.json</c> that is true where the run failed because its model no longer gives numbers.</summary>
    internal const string DivergedKey = "diverged";

    private const string RecipeName = "recipe.yaml", StateName = "state", PicturesEnd = ".pictures";
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>A folder that need not exist yet.</summary>
    public RunFolder(string path) => Path = System.IO.Path.GetFullPath(path);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary><c>run.json</c>.</summary>
    public string Summary => File("run.json");

    /// <summary>The resolved recipe.</summary>
    public string Recipe => File(RecipeName);

    /// <summary>One line an epoch.</summary>
    public string Metrics => File("metrics.jsonl");

    /// <summary>One line an epoch: seconds, rate, memory.</summary>
    public string Timing => File("timing.jsonl");

    /// <summary>What CLIP scored before it was trained.</summary>
    public string ZeroShot => File("zero-shot.json");

    /// <summary>Truth and probabilities of every picture of the last scored epoch, one line a picture.</summary>
    public string Predictions => File("predictions.jsonl");

    /// <summary>The most confident mistakes of the last scored epoch, with their pictures.</summary>
    public string Mistakes => File("mistakes.json");

    /// <summary>Lambda and mean router weights of each layer with Kronecker adapters.</summary>
    public string Routers => File("routers.json");

    /// <summary>What a pre-training run made of held-out pictures after some epochs.</summary>
    public string Reconstructions => File("reconstructions.json");

    /// <summary>Maps of a few held-out pictures and held-out features in a plane, where they were asked for: see <see cref="RunExplanation"/>.</summary>
    public string Explanation => File("explanation.json");

    /// <summary>The numbers of all epochs for TensorBoard; holds clock readings.</summary>
    public string Events => File("events.out.tfevents.0.hkafer");

    /// <summary>The page that shows the run; made from the other files, so it can be made again at any time.</summary>
    public string Report => File("report.html");

    /// <summary>The model of the epoch with the best score.</summary>
    public string Best => File("best");

    /// <summary>The model after the last step.</summary>
    public string Last => File("last");

    /// <summary>What resuming needs.</summary>
    public string State => File(StateName);

    /// <summary>Eight bytes for each picture of a split, so that a resume can name one that has changed.</summary>
    internal string Pictures(string split) => System.IO.Path.Combine(State, split + PicturesEnd);

    /// <summary>The backbone of a run that trained one.</summary>
    public string Backbone(string which) => System.IO.Path.Combine(File(which), "backbone");

    /// <summary>Whether a folder is a run's.</summary>
    public static bool IsRun(string path) => System.IO.File.Exists(System.IO.Path.Combine(path, "run.json"));

    /// <summary>Checks that a run may begin here, or go on.</summary>
    /// <param name="recipe">Its recipe as YAML.</param>
    /// <param name="resume">Whether it may go on.</param>
    /// <exception cref="HkaFerException">The folder holds another run, or what is no run's.</exception>
    internal void CheckFree(string recipe, bool resume)
    {
        if (!IsRun(Path))
        {
            CheckUnused();
            return;
        }

        if (!resume)
        {
            throw new HkaFerException($"{Path}: holds a run already; resume it with --resume, or choose another folder with --out");
        }

        RecipeDifference.Refuse(this, recipe);
    }

    /// <summary>
    /// Checks that the folder holds nothing, or only what a run that was killed before its <c>run.json</c> has left, its lock first of all: anything else is its user's,
    /// who would not have it written over. One that is still to be made is tried: not after minutes of loading is it to turn out that it cannot be.
    /// </summary>
    /// <exception cref="HkaFerException">There is something else, or nothing can be written there; the message says what.</exception>
    internal void CheckUnused()
    {
        if (!Directory.Exists(Path))
        {
            if (WritablePlace.Obstacle(Path) is { } why)
            {
                throw new HkaFerException($"{Path}: cannot be a run's folder ({why}); choose one that can be written with --out");
            }

            return;
        }

        try
        {
            bool locked = System.IO.File.Exists(File(RunLock.FileName));
            string? foreign = Directory.EnumerateFileSystemEntries(Path).Order(StringComparer.Ordinal).FirstOrDefault(entry => !locked || !IsEarly(entry));
            if (foreign is not null)
            {
                throw new HkaFerException(
                    $"{Path}: is no run's folder, for it holds '{System.IO.Path.GetFileName(foreign)}', and nothing of yours is to be written over; choose a new or an empty folder with --out");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{Path}: cannot be a run's folder ({e.Message}); choose one that can be read and written with --out", e);
        }
    }

    /// <summary>The folder of the model that a run reports: its last, or its best where the recipe selects that.</summary>
    /// <exception cref="HkaFerException">The run has saved no model yet.</exception>
    public static string ReportedModel(string path)
    {
        // Of a run of stages, the last one's that has saved a model.
        string[] stages = [.. Stages(path).Where(HasModel)];
        if (stages is [.., var reached])
        {
            return ReportedModel(reached);
        }

        var run = new RunFolder(path);
        if (run.ReadSummary().Text("task") is PretrainTask.Name or DescribeTask.Name)
        {
            string recipe = run.ReadSummary().Text("task") == DescribeTask.Name ? "cer-demo" : "RECIPE";
            throw new HkaFerException($"{path}: is a pre-training run, which made a backbone and no classifier; train one on it: hkafer train {recipe} --set backbone={run.Backbone("last")}");
        }

        bool best = run.ReadSummary().TryGetProperty("selection", out JsonElement selection) && selection.ToString() == "best";
        string chosen = AtomicFolder.Current(best ? run.Best : run.Last), last = AtomicFolder.Current(run.Last);
        return Directory.Exists(chosen) ? chosen
            : Directory.Exists(last) ? last
            : throw new HkaFerException($"{path}: the run has saved no model yet; let it train for a while, or name another");
    }

    /// <summary>What whoever uses the model of a run must know where its last stage has saved none: an earlier one answers, perhaps with other classes. Null else.</summary>
    internal static string? StandsIn(string path)
    {
        string[] names = StageNames(path);
        string? answering = names.LastOrDefault(name => StageFolder(path, name) is var folder && IsRun(folder) && HasModel(folder));
        return answering is null || answering == names[^1] ? null
            : $"{path}: the stage {names[^1]} has saved no model yet; that of the stage {answering} answers";
    }

    /// <summary>Whether a run has saved a model.</summary>
    internal static bool HasModel(string path)
    {
        var run = new RunFolder(path);
        return ((string[])[run.Last, run.Best]).Any(model => Directory.Exists(AtomicFolder.Current(model)));
    }

    /// <summary>The folder of a stage in that of its run.</summary>
    internal static string StageFolder(string path, string stage) => System.IO.Path.Combine(path, stage);

    /// <summary>The folders of a run's stages that have begun, first to last; none for a run without stages.</summary>
    internal static IReadOnlyList<string> Stages(string path) => [.. StageNames(path).Select(name => StageFolder(path, name)).Where(IsRun)];

    /// <summary>The names of a run's stages, begun or planned, first to last.</summary>
    private static string[] StageNames(string path)
    {
        if (!IsRun(path))
        {
            return [];
        }

        JsonElement summary;
        try
        {
            summary = new RunFolder(path).ReadSummary();
        }
        catch (HkaFerException)
        {
            // Whoever reads the run will say what is wrong with it.
            return [];
        }

        // A name is a name and leads nowhere else, whatever the file says.
        return
        [
            .. summary.Items(StagesKey).Select(stage => stage.ValueKind == JsonValueKind.Object ? stage.Text("name") : null)
                .OfType<string>().Where(name => name == System.IO.Path.GetFileName(name) && name is not ("" or "." or "..")),
        ];
    }

    /// <summary>Reads <c>run.json</c>.</summary>
    public JsonElement ReadSummary() => CheckpointFolder.ReadJson(Summary);

    internal void WriteSummary(JsonObject summary) => AtomicFile.WriteText(Summary, summary.ToJsonString(s_indented) + "\n");

    /// <summary>Puts in order what a killed process left. Only for whoever holds the run's lock.</summary>
    internal void Recover()
    {
        AtomicFolder.Recover(Best, ModelFiles.Owns);
        AtomicFolder.Recover(Last, ModelFiles.Owns);
        AtomicFile.RemoveLeftovers(Path);
        AtomicFile.RemoveLeftovers(State);
    }

    /// <summary>Whether a run writes this before its <c>run.json</c>.</summary>
    private static bool IsEarly(string entry) => System.IO.Path.GetFileName(entry) switch
    {
        RunLock.FileName or RunLock.OwnerName or RecipeName => System.IO.File.Exists(entry),
        StateName => Directory.EnumerateFileSystemEntries(entry).All(
            below => below.EndsWith(PicturesEnd, StringComparison.Ordinal) || below.EndsWith(".tmp", StringComparison.Ordinal)),
        string name => name.EndsWith(".tmp", StringComparison.Ordinal),
    };

    private string File(string name) => System.IO.Path.Combine(Path, name);
}
