using System.Text.Json;

namespace HkaFer.Training;

/// <summary>
/// A run's numbers for TensorBoard, made from <c>metrics.jsonl</c> and <c>timing.jsonl</c>. It holds clock readings (TensorBoard wants the time of each
/// epoch), so like <c>timing.jsonl</c> it differs between equal runs.
/// </summary>
internal static class EventFile
{
    private static readonly string[] s_scores = ["accuracy", "macro_f1", "balanced_accuracy", "log_loss", "loss", "ece"];

    /// <summary>Brings the file up to date.</summary>
    internal static void Write(RunRecord run)
    {
        if (run.Epochs.Count == 0)
        {
            return;
        }

        byte[] events = Make(run);
        string path = run.Folder.Events;

        // TensorBoard follows a file that grows and loses one that is replaced. What was torn by a crash is a beginning too; what was written
        // before a resume from an earlier epoch is not, and gives way.
        byte[] before = File.Exists(path) && !InputFile.HoldsNothing(path) ? File.ReadAllBytes(path) : [];
        if (before.Length == 0 || !events.AsSpan().StartsWith(before))
        {
            AtomicFile.Write(path, stream => stream.Write(events));
            return;
        }

        try
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            file.Write(events.AsSpan(before.Length));
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{path}: cannot be written ({e.Message}); check the folder, its permissions and the free space", e);
        }
    }

    private static byte[] Make(RunRecord run)
    {
        var file = new TensorBoardEvents(Time(run.Timing.FirstOrDefault()));
        foreach ((int i, JsonElement epoch) in run.Epochs.Index())
        {
            JsonElement timing = run.Timing.ElementAtOrDefault(i);
            file.Add(Time(timing), (long)(epoch.Number("epoch") ?? i + 1), Scalars(epoch, timing));
        }

        return file.ToArray();
    }

    private static double Time(JsonElement timing) => timing.Number("time") ?? timing.Number("seconds") ?? 0;

    private static IEnumerable<(string Tag, double Value)> Scalars(JsonElement epoch, JsonElement timing)
    {
        IEnumerable<(string Tag, double? Value)> all =
        [
            ("loss/train", epoch.Number("train_loss")),
            ("accuracy/train", epoch.Number("train_accuracy")),
            ("learning_rate", epoch.Number("learning_rate")),
            ("timing/images_per_second", timing.Number("images_per_second")),
            ("timing/seconds", timing.Number("seconds")),
            ("timing/peak_memory_bytes", timing.Number("peak_memory_bytes")),
        ];
        if (epoch.At("metrics") is { } metrics)
        {
            string split = epoch.Text("split") ?? "scored";
            all = all.Concat(s_scores.Select(name => ($"{(name == "log_loss" ? "loss" : name)}/{split}", metrics.Number(name))));
        }

        return all.Where(s => s.Value is not null).Select(s => (s.Tag, s.Value!.Value));
    }
}
