namespace HkaFer.Bench;

/// <summary>One measurement.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">Ours.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Reference">The same of the peer, where there is one.</param>
/// <param name="Checked">Whether the result agreed with the reference before it was timed.</param>
internal sealed record BenchRow(string Name, double Value, string Unit, double? Reference, bool Checked)
{
    /// <summary>Ours over the peer's.</summary>
    public double? Ratio => Value / Reference;

    /// <summary>What it is to reach, where something is agreed.</summary>
    public Bar? Bar { get; init; }

    /// <summary>Whether it does; null without a bar, and where the peer that the bar needs is absent.</summary>
    public bool? Met => (Bar?.OfRatio == true ? Ratio : Value) is { } got ? Bar?.IsMet(got) : null;
}
