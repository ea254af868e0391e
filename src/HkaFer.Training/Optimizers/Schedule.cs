namespace HkaFer.Training;

/// <summary>
/// The learning rate over a run, as a pure function of the step: nothing to save, and a resumed run has the same rates. Times count from the
/// start of training, in updates made so far.
/// </summary>
/// <remarks>
/// Warm-up comes first: over its W steps the rate rises linearly from <see cref="WarmupStart"/> * rate to the rate (step s has
/// start + (1 - start) s / W of it, step W all). <see cref="CosineSchedule"/> spreads over the steps after the warm-up;
/// <see cref="ExponentialSchedule"/> and <see cref="StepSchedule"/> count epochs from the start of training, so that they change at the ends of
/// epochs whatever the warm-up, whose factor multiplies theirs. To count steps instead of epochs, call with one step an epoch.
/// </remarks>
public abstract record Schedule
{
    private protected Schedule() { }

    /// <summary>Length of the warm-up in epochs, fractions allowed. Not together with <see cref="WarmupSteps"/>.</summary>
    public double WarmupEpochs { get; init; }

    /// <summary>Length of the warm-up in steps.</summary>
    public long WarmupSteps { get; init; }

    /// <summary>Share of the rate at the first step of the warm-up.</summary>
    public double WarmupStart { get; init; } = 0.01;

    /// <summary>The rate for an update.</summary>
    /// <param name="rate">The run's learning rate, which the schedule scales.</param>
    /// <param name="step">Updates made before this one: 0 for the first.</param>
    /// <param name="stepsPerEpoch">Updates in an epoch.</param>
    /// <param name="epochs">Length of the run in epochs.</param>
    public double RateAt(double rate, long step, long stepsPerEpoch, long epochs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(stepsPerEpoch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        double warmup = WarmupSteps > 0 ? WarmupSteps : WarmupEpochs * stepsPerEpoch;
        double factor = step < warmup ? WarmupStart + ((1 - WarmupStart) * step / warmup) : 1;
        double done = Math.Max(0, step - warmup), length = ((double)epochs * stepsPerEpoch) - warmup;
        return factor * After(rate, step / stepsPerEpoch, length > 0 ? Math.Min(1, done / length) : 0);
    }

    /// <summary>The rate without warm-up.</summary>
    /// <param name="rate">The run's learning rate.</param>
    /// <param name="epoch">Whole epochs since the start of training.</param>
    /// <param name="progress">Share of the steps after the warm-up that are done, 0 to 1.</param>
    private protected abstract double After(double rate, long epoch, double progress);
}
