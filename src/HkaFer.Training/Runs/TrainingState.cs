using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Where a run stands: trained weights, optimizer, position in the data, sums of the epoch under way. One safetensors file, numbers in its
/// metadata, so that a crash cannot leave weights of one moment beside numbers of another. No clock readings, so that equal runs give equal files. What
/// else is in a run's folder follows from it: a resumed run writes again whatever came after.
/// </summary>
internal sealed record TrainingState
{
    private const string Weight = "weight.";
    private const string Moments = "optimizer.";
    private const string Numbers = "state";

    /// <summary>Epochs completed.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps done in the epoch under way.</summary>
    public int Step { get; init; }

    /// <summary>Sum of the losses of the epoch's pictures.</summary>
    public double LossSum { get; init; }

    /// <summary>Pictures classified correctly in the epoch.</summary>
    public int Correct { get; init; }

    /// <summary>Pictures seen in the epoch.</summary>
    public int Seen { get; init; }

    /// <summary>Epoch with the best score, from 1; 0 where none was scored.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Its score, higher for better (see <see cref="EpochScore.Merit"/>), or null where none was scored.</summary>
    public double? BestMerit { get; init; }

    /// <summary>Its metrics (see <see cref="EpochScore.Metrics"/>), or null where none was scored.</summary>
    public JsonObject? BestMetrics { get; init; }

    /// <summary>Metrics of the last epoch that was completed, or null where it was not scored.</summary>
    public JsonObject? LastMetrics { get; init; }

    /// <summary>The beginning of the next epoch.</summary>
    /// <param name="metrics">Of the epoch that is done, or null where it was not scored.</param>
    internal TrainingState AtNextEpoch(JsonObject? metrics) => this with { Epoch = Epoch + 1, Step = 0, LossSum = 0, Correct = 0, Seen = 0, LastMetrics = metrics };

    /// <summary>
    /// Why the run ended before its last epoch, or null where it did not. Told by the state alone, so that a run that is resumed ends where it would have.
    /// </summary>
    /// <param name="settings">Say how patient it is.</param>
    /// <param name="measure">What is scored, and on what, for the words.</param>
    internal string? StoppedEarly(RunSettings settings, string measure) =>
        settings.Patience is { } patience && Step == 0 && Epoch < settings.Epochs && Epoch % settings.EvalEvery == 0 && Epoch - BestEpoch >= patience
            ? $"no better {measure} in the {Epoch - BestEpoch} epochs since epoch {BestEpoch} (training.patience {patience})"
            : null;

    internal static string File(string folder) => Path.Combine(folder, "state.safetensors");

    internal void Save(string folder, IReadOnlyList<Parameter> parameters, Optimizer optimizer)
    {
        List<(string, Tensor)> tensors =
        [
            .. parameters.Select(p => (Weight + p.Path, p.Value.Detach())),
            .. optimizer.State().Select(s => (Moments + s.Name, s.Tensor)),
        ];
        SafeTensorsWriter.Save(File(folder), tensors, new Dictionary<string, string> { [Numbers] = JsonSerializer.Serialize(this) });
    }

    internal static TrainingState Load(string folder, IReadOnlyList<Parameter> parameters, Optimizer optimizer)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(File(folder));
        foreach (Parameter parameter in parameters)
        {
            parameter.Value.Detach().CopyFrom(file.Read(Weight + parameter.Path, DType.Float32));
        }

        optimizer.LoadState(file.Tensors.Keys.Where(name => name.StartsWith(Moments, StringComparison.Ordinal))
            .ToDictionary(name => name[Moments.Length..], name => file.Read(name), StringComparer.Ordinal));
        try
        {
            TrainingState? state = JsonSerializer.Deserialize<TrainingState>(file.Metadata.GetValueOrDefault(Numbers, ""));
            return state is { BestEpoch: 0 } or { BestMetrics: not null } ? state : throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new HkaFerException($"{file.Path}: holds no training state; put the file of the run back, or start another run with --out", e);
        }
    }
}
