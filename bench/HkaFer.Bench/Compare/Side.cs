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

    /// <summary>Of several rounds: of each rate the one in the middle, the most memory of any; where a round failed, why, and no rate that the others made alone.</summary>
    public static Side Middle(IReadOnlyList<Side> rounds)
    {
        if (rounds.FirstOrDefault(side => side.Forward is null) is { } failed)
        {
            return failed;
        }

        double? Rate(Func<Side, double?> rate) => rounds.Select(rate).Order().ElementAt(rounds.Count / 2);
        return new Side(Rate(side => side.Forward), rounds.Max(side => side.ForwardPeak), Rate(side => side.Training), rounds.Max(side => side.TrainingPeak), null);
    }

    /// <summary>What a peer's script printed.</summary>
    public static Side Of((JsonElement? Json, string? Why) run)
    {
        double? Number(string name) => run.Json?.TryGetProperty(name, out JsonElement value) == true ? value.GetDouble() : null;
        return new(Number("forward"), Number("forward_peak"), Number("training"), Number("training_peak"), run.Why);
    }
}
