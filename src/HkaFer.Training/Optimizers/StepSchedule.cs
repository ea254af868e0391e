namespace HkaFer.Training;

/// <summary>rate * gamma^floor(epoch / every).</summary>
public sealed record StepSchedule : Schedule
{
    /// <summary>Epochs between two falls.</summary>
    public int Every { get; init; } = 30;

    /// <summary>Factor at each fall.</summary>
    public double Gamma { get; init; } = 0.1;

    private protected override double After(double rate, long epoch, double progress) => rate * Math.Pow(Gamma, epoch / Every);
}
