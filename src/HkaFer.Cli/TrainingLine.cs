using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>Tells how far a training run is: a line that is rewritten on a terminal, and a line that stays for each epoch.</summary>
internal static class TrainingLine
{
    public static void Show(Output output, TrainingProgress p, string prefix = "")
    {
        if (p.Phase == "scored")
        {
            output.Message(FormattableString.Invariant(
                $"{prefix}epoch {p.Epoch}/{p.Epochs}  loss {p.Loss:F4}  accuracy {100 * p.Accuracy:F2} %")
                + Rate(p));
            return;
        }

        string doing = p.Phase == "train" ? $"step {p.Step}/{p.Steps}" : "scoring";
        output.Live(() => FormattableString.Invariant(
            $"{prefix}epoch {p.Epoch}/{p.Epochs}  {doing}  loss {p.Loss:F4}  accuracy {100 * p.Accuracy:F1} %")
            + $"{Rate(p)}  {Left(p.Remaining)} left");
    }

    private static string Rate(TrainingProgress p) => FormattableString.Invariant($"  {p.ImagesPerSecond:F1} images/s");

    /// <summary><c>1:02:33</c>, <c>2:33</c>.</summary>
    private static string Left(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}" : $"{time.Minutes}:{time.Seconds:D2}";
}
