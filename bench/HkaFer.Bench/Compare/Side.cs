using System.Text.Json;

namespace HkaFer.Bench;

/// <summary>What one program reached with one model and method.</summary>
/// <param name="Forward">Images/s of the forward pass, adapters included.</param>
/// <param name="ForwardPeak">The most memory that it held by then, in bytes.</param>
/// <param name="Training">Images/s of a training step.</param>
/// <param name="TrainingPeak">The most memory that it held.</param>
/// <param name="Why">Why a number is missing.</param>
internal sealed record Side(double? Forward, double? ForwardPeak, double? Training, double? TrainingPeak, string? Why)
{
    /// <summary>No number at all.</summary>
    public static Side Missing(string why) => new(null, null, null, null, why);

    /// <summary>That round of several whose forward pass was neither the fastest nor the slowest.</summary>
    public static Side Middle(IEnumerable<Side> rounds)
    {
        Side[] ordered = [.. rounds.OrderBy(side => side.Forward)];
        return ordered[ordered.Length / 2];
    }

    /// <summary>What a peer's script printed.</summary>
    public static Side Of((JsonElement? Json, string? Why) run)
    {
        double? Number(string name) => run.Json?.TryGetProperty(name, out JsonElement value) == true ? value.GetDouble() : null;
        return new(Number("forward"), Number("forward_peak"), Number("training"), Number("training_peak"), run.Why);
    }
}
