using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>Tells how far an experiment is: a line that stays for the begin and the end of each run, and one that is rewritten on a terminal between them.</summary>
internal static class ExperimentLine
{
    public static void Show(Output output, ExperimentProgress p)
    {
        string run = $"run {p.Run} of {p.Runs}", left = p.Remaining is { } time ? $"; about {TimeLeft.Text(time)} left in all" : "";
        switch (p.Phase)
        {
            case ExperimentPhase.Begin:
                output.Message($"{run}: {p.Name}{left}");
                break;
            case ExperimentPhase.Resume:
                output.Message($"{run}: {p.Name} goes on{left}");
                break;
            case ExperimentPhase.Train when p.Training!.Phase == "scored":
                TrainingLine.Show(output, p.Training, "  ");
                break;
            case ExperimentPhase.Train:
                output.Live(() => FormattableString.Invariant(
                    $"{run}  epoch {p.Training!.Epoch}/{p.Training.Epochs}  {p.Training.Phase} {p.Training.Step}/{p.Training.Steps}  loss {p.Training.Loss:F4}  {p.Training.ImagesPerSecond:F1} images/s{left}"));
                break;
            case ExperimentPhase.Score:
                output.Live(() => $"{run}  scored {p.Scored!.Value.Done:N0} of {p.Scored.Value.All:N0} pictures{left}");
                break;
            case ExperimentPhase.Skip:
                output.Message($"{run}: {p.Name} was done before");
                break;
            case ExperimentPhase.Wait:
                output.Message($"{run}: {p.Name}: {p.Message}; it is come back to");
                break;
            case ExperimentPhase.Fail:
                output.Error($"{run}: {p.Name} failed: {p.Message}");
                break;
            default:
                break;
        }
    }
}
