using System.Globalization;
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
                $"{prefix}epoch {p.Epoch}/{p.Epochs}  loss {p.Loss:F4}{Score(p, 2)}") + Rate(p));
            return;
        }

        string doing = p.Phase == "train" ? $"step {p.Step}/{p.Steps}" : $"scoring {p.Step}/{p.Steps}";
        output.Live(() => FormattableString.Invariant(
            $"{prefix}epoch {p.Epoch}/{p.Epochs}  {doing}  loss {p.Loss:F4}{Score(p, 1)}")
            + $"{Rate(p)}  {TimeLeft.Text(p.Remaining)} left");
    }

    private static string Score(TrainingProgress p, int digits)
    {
        if (p.Score is not { } score)
        {
            return "";
        }

        string value = p.Measure == "accuracy" ? $"{(100 * score).ToString($"F{digits}", CultureInfo.InvariantCulture)} %" : score.ToString("F4", CultureInfo.InvariantCulture);
        return $"  {p.Split ?? "train"} {p.Measure} {value}";
    }

    private static string Rate(TrainingProgress p) => FormattableString.Invariant($"  {p.ImagesPerSecond:F1} images/s");
}
