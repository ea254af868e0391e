namespace HkaFer.Training;

/// <summary>
/// Half a cosine from the rate to a minimum, changing at every step: minimum + (rate - minimum) (1 + cos(pi t)) / 2, t the share of the steps
/// done. The minimum is reached when all are done, so the last update has a little more.
/// </summary>
public sealed record CosineSchedule : Schedule
{
    /// <summary>The rate at the end; absolute, not a share.</summary>
    public double Minimum { get; init; }

    private protected override double After(double rate, long epoch, double progress) =>
        Minimum + ((rate - Minimum) * (1 + Math.Cos(Math.PI * progress)) / 2);
}
