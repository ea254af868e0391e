using System.Text.Json;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>All that a run's folder tells, read for reports and tables; of its files only <c>run.json</c> must be there.</summary>
internal sealed class RunRecord
{
    private RunRecord(RunFolder folder, JsonElement summary) => (Folder, Summary) = (folder, summary);

    internal RunFolder Folder { get; }

    /// <summary>The folder's name.</summary>
    internal string Name => Path.GetFileName(Folder.Path.TrimEnd(Path.DirectorySeparatorChar)) is { Length: > 0 } name ? name : Folder.Path;

    /// <summary><c>run.json</c>.</summary>
    internal JsonElement Summary { get; }

    /// <summary><c>recipe.yaml</c>, or nothing.</summary>
    internal string Recipe { get; private init; } = "";

    /// <summary>Lines of <c>metrics.jsonl</c>.</summary>
    internal IReadOnlyList<JsonElement> Epochs { get; private init; } = [];

    /// <summary>Lines of <c>timing.jsonl</c>.</summary>
    internal IReadOnlyList<JsonElement> Timing { get; private init; } = [];

    /// <summary>Times and memory as far as they are known: those of <c>run.json</c>, which is written last, else of the last epoch.</summary>
    internal JsonElement Clock => Summary.At("timing") ?? Timing.LastOrDefault();

    /// <summary><c>mistakes.json</c>.</summary>
    internal JsonElement? Mistakes { get; private init; }

    /// <summary><c>routers.json</c>.</summary>
    internal JsonElement? Routers { get; private init; }

    /// <summary><c>explanation.json</c>.</summary>
    internal JsonElement? Explanation { get; private init; }

    /// <summary>Epochs of <c>reconstructions.json</c>.</summary>
    internal IReadOnlyList<JsonElement> Reconstructions { get; private init; } = [];

    /// <summary>The last epoch that was scored.</summary>
    internal JsonElement? Scored => Epochs.LastOrDefault(e => e.At("metrics") is not null) is { ValueKind: JsonValueKind.Object } line ? line : null;

    /// <summary>The first of the epochs with the highest accuracy: epoch and accuracy, or null where none was scored.</summary>
    internal (double Epoch, double Accuracy)? Best => Charts.Points(Epochs, Charts.Score("accuracy")) is { Count: > 0 } scores ? scores.MaxBy(p => p.Y) : null;

    /// <exception cref="HkaFerException">There is no run, or a file of it is damaged.</exception>
    internal static RunRecord Read(string path)
    {
        var folder = new RunFolder(path);
        if (!RunFolder.IsRun(folder.Path))
        {
            throw new HkaFerException($"{path}: is no run, for it has no run.json; name the folder of one");
        }

        // A run of stages shows what its last one records.
        RunFolder records = RunFolder.Stages(folder.Path) is [.., var last] ? new RunFolder(last) : folder;
        return new RunRecord(folder, folder.ReadSummary())
        {
            Recipe = File.Exists(folder.Recipe) ? ReadText(folder.Recipe) : "",
            Epochs = Lines(records.Metrics),
            Timing = Lines(records.Timing),
            Mistakes = Whole(records.Mistakes),
            Routers = Whole(records.Routers),
            Explanation = Whole(folder.Explanation),
            Reconstructions = ReconstructionFile.Read(records.Reconstructions),
        };
    }

    private static string ReadText(string path)
    {
        try
        {
            using var text = new StreamReader(InputFile.OpenRead(path));
            return text.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{path}: cannot be read ({e.Message}); check its permissions", e);
        }
    }

    private static JsonElement? Whole(string path) => File.Exists(path) ? CheckpointFolder.ReadJson(path) : null;

    private static List<JsonElement> Lines(string path)
    {
        var lines = new List<JsonElement>();
        if (!File.Exists(path))
        {
            return lines;
        }

        foreach (string line in ReadText(path).Split('\n').Where(line => line.Length > 0))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                lines.Add(document.RootElement.Clone());
            }
            catch (JsonException e)
            {
                throw new HkaFerException($"{path}: line {lines.Count + 1} is not JSON ({e.Message}); restore the file, or take the line out", e);
            }
        }

        return lines;
    }
}
