using System.Text.Json;
using System.Text.RegularExpressions;

namespace HkaFer.Training;

/// <summary>A run in one line. What is not known is null.</summary>
public sealed partial record RunRow
{
    /// <summary>Folders below the one that is searched: <c>runs/quickstart-1/heka</c> is the deepest that this program makes by itself.</summary>
    private const int MaxDepth = 3;

    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder's name.</summary>
    public required string Name { get; init; }

    /// <summary><c>running</c>, <c>interrupted</c>, <c>failed</c> or <c>done</c>; <c>damaged</c> where its files cannot be read.</summary>
    public string? Status { get; init; }

    /// <summary>Why its files cannot be read; null where they can.</summary>
    public string? Problem { get; init; }

    /// <summary>What was trained.</summary>
    public string? Method { get; init; }

    /// <summary>The backbone.</summary>
    public string? Backbone { get; init; }

    /// <summary>Epochs of the recipe.</summary>
    public long? Epochs { get; init; }

    /// <summary>Epochs completed.</summary>
    public required long EpochsDone { get; init; }

    /// <summary>The split that epochs are scored on.</summary>
    public string? Split { get; init; }

    /// <summary>Accuracy of the last scored epoch.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Macro F1 of the last scored epoch.</summary>
    public double? MacroF1 { get; init; }

    /// <summary>Calibration error of the last scored epoch.</summary>
    public double? Ece { get; init; }

    /// <summary>Best accuracy of all epochs.</summary>
    public double? BestAccuracy { get; init; }

    /// <summary>Its epoch, from 1.</summary>
    public long? BestEpoch { get; init; }

    /// <summary>Accuracy on the test split, where there is one beside the split that scores epochs.</summary>
    public double? TestAccuracy { get; init; }

    /// <summary>Trained weights.</summary>
    public long? Trainable { get; init; }

    /// <summary>Time spent so far.</summary>
    public double? Seconds { get; init; }

    /// <summary>High-water mark of memory.</summary>
    public double? PeakMemoryBytes { get; init; }

    /// <summary>When the run last wrote.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>The runs in a folder and below, by path. A folder that is a run is not searched further, and links are not followed.</summary>
    /// <exception cref="HkaFerException">There is no such folder.</exception>
    public static IReadOnlyList<RunRow> All(string folder) => [.. Folders(folder).Select(ReadOrDamaged)];

    /// <summary>One run.</summary>
    /// <exception cref="HkaFerException">There is no run, or a file of it is damaged.</exception>
    public static RunRow Read(string folder) => Of(RunRecord.Read(folder), folder);

    internal static IEnumerable<string> Folders(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new HkaFerException($"runs: '{folder}' is no folder; name the one that holds the runs (train makes them in runs/)");
        }

        return Below(folder, MaxDepth);
    }

    internal static RunRow Of(RunRecord run, string folder)
    {
        JsonElement s = run.Summary, timing = run.Clock;
        JsonElement? metrics = run.Scored?.At("metrics");
        return new RunRow
        {
            Folder = folder,
            Name = run.Name,
            Status = s.Text("status"),
            Method = s.Text("method"),
            Backbone = s.Text("backbone"),
            Epochs = (long?)s.Number("epochs"),
            EpochsDone = run.Epochs.Count,
            Split = run.Scored?.Text("split"),
            Accuracy = metrics?.Number("accuracy"),
            MacroF1 = metrics?.Number("macro_f1"),
            Ece = metrics?.Number("ece"),
            BestAccuracy = run.Best?.Accuracy,
            BestEpoch = (long?)run.Best?.Epoch,
            TestAccuracy = s.At("test")?.Number("accuracy"),
            Trainable = (long?)s.Number("trainable"),
            Seconds = timing.Number("seconds"),
            PeakMemoryBytes = timing.Number("peak_memory_bytes"),
            Date = run.Timing.LastOrDefault().Number("time") is { } time
                ? DateTimeOffset.FromUnixTimeMilliseconds((long)(1000 * Math.Clamp(time, 0, 1e11)))
                : new DateTimeOffset(File.GetLastWriteTimeUtc(run.Folder.Summary)),
        };
    }

    /// <summary>One damaged run must not hide the others.</summary>
    private static RunRow ReadOrDamaged(string folder)
    {
        try
        {
            return Read(folder);
        }
        catch (HkaFerException e)
        {
            var run = new RunFolder(folder);
            return new RunRow
            {
                Folder = folder,
                Name = Path.GetFileName(run.Path),
                Status = "damaged",
                Problem = e.Message,
                EpochsDone = 0,
                Date = new DateTimeOffset(File.GetLastWriteTimeUtc(run.Summary)),
            };
        }
    }

    private static IEnumerable<string> Below(string folder, int depth)
    {
        if (RunFolder.IsRun(folder))
        {
            return [folder, .. RunFolder.Stages(folder)];
        }

        try
        {
            return depth == 0 ? [] : new DirectoryInfo(folder).EnumerateDirectories().Where(d => d.LinkTarget is null && !d.Name.StartsWith('.'))
                .OrderBy(d => Natural(d.Name), StringComparer.Ordinal).SelectMany(d => Below(Path.Combine(folder, d.Name), depth - 1)).ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{folder}: cannot be read ({e.Message})", e);
        }
    }

    // heka-2 before heka-10.
    private static string Natural(string name) => Digits().Replace(name, digits => digits.Value.PadLeft(20, '0'));

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
