namespace HkaFer.Bench;

/// <summary>One point of the scaling curves.</summary>
/// <param name="Along">What varies: <c>batch</c>, <c>tokens</c>, <c>width</c>, <c>adapters</c> or <c>threads</c>.</param>
/// <param name="Value">Its value.</param>
/// <param name="Work">Operations of the step, by count.</param>
/// <param name="Seconds">The step's best time.</param>
/// <param name="Checked">Whether the step agreed with the reference before it was timed.</param>
internal sealed record ScaleRow(string Along, int Value, double Work, double Seconds, bool Checked)
{
    /// <summary>Operations a second.</summary>
    public double Rate => Work / Seconds;
}
