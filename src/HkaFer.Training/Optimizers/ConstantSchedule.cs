namespace HkaFer.Training;

/// <summary>The same rate throughout.</summary>
public sealed record ConstantSchedule : Schedule
{
    private protected override double After(double rate, long epoch, double progress) => rate;
}
