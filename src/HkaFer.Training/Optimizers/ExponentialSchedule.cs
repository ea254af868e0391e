namespace HkaFer.Training;

/// <summary>rate * gamma^epoch: the paper's, which multiplies by 0.9 after every epoch.</summary>
public sealed record ExponentialSchedule : Schedule
{
    /// <summary>Factor from one epoch to the next.</summary>
    public double Gamma { get; init; } = 0.9;

    private protected override double After(double rate, long epoch, double progress) => rate * Math.Pow(Gamma, epoch);
}
