using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>
/// What a run trains: weights, examples and their loss, the score of an epoch, what is saved. The course of a run (<see cref="RunCourse"/>) is the same
/// for all: order of steps, checkpoints, exact resumption, records.
/// </summary>
internal abstract class RunTask
{
    /// <summary>What it trains, in a word: the entry <c>task</c> of <c>run.json</c>.</summary>
    internal abstract string Kind { get; }

    /// <summary>The method, for the log.</summary>
    internal abstract string Method { get; }

    /// <summary>Length and course.</summary>
    internal abstract RunSettings Settings { get; }

    /// <summary>The update rule with the weights that it trains.</summary>
    internal abstract Optimizer Optimizer { get; }

    /// <summary>All weights, frozen ones included.</summary>
    internal abstract long Total { get; }

    /// <summary>Examples of an epoch.</summary>
    internal abstract int Count { get; }

    /// <summary>Whether examples are right or wrong while they are trained on (see <see cref="BatchLoss.Correct"/>).</summary>
    internal virtual bool CountsCorrect => true;

    /// <summary>The splits that are read, with their names: they are the same when the run is resumed.</summary>
    internal abstract IEnumerable<(string Name, ImageDataset Data)> Splits { get; }

    /// <summary>What else decides the run's bits beside recipe, splits and machine.</summary>
    internal abstract IEnumerable<RunInput> Inputs { get; }

    /// <summary>What <c>run.json</c> tells of the task: method, backbone, data.</summary>
    internal abstract IEnumerable<KeyValuePair<string, JsonNode?>> Facts { get; }

    /// <summary>The split that scores epochs, or null where none does.</summary>
    internal abstract string? ScoredOn { get; }

    /// <summary>What <see cref="EpochScore.Value"/> is, for people: <c>accuracy</c>, <c>loss</c>.</summary>
    internal virtual string Measure => "accuracy";

    /// <summary>Metrics before the first step, where the task has any.</summary>
    internal virtual JsonObject? Untrained => null;

    /// <summary>The examples of an epoch in the order in which they are trained on; depends on the seed and the epoch alone.</summary>
    internal abstract int[] Order(int epoch);

    /// <summary>Batches of <see cref="RunSettings.BatchSize"/>; each is used up before the next is asked for.</summary>
    /// <param name="order">The rest of an epoch.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="firstBatch">Position of the first batch in its epoch.</param>
    internal abstract IEnumerable<TrainingBatch> Batches(int[] order, int epoch, int firstBatch);

    /// <summary>An example as messages name it.</summary>
    internal abstract string NameOf(int example);

    /// <summary>Called once, when all that can be refused has been checked and before the run begins or goes on; not of one that is done.</summary>
    internal virtual void Begin()
    {
    }

    /// <summary>Measures <see cref="Untrained"/> where the task has it.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; it is measured on resuming.</exception>
    internal virtual void ScoreUntrained(CancellationToken cancel)
    {
    }

    /// <summary>Scores the model as it is, and writes what reports show of it.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="progress">Told how many examples are done.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <returns>Null where nothing scores epochs.</returns>
    /// <exception cref="OperationCanceledException">It was stopped; the epoch is scored on resuming.</exception>
    internal abstract EpochScore? Score(int epoch, IProgress<(int Done, int All)> progress, CancellationToken cancel);

    /// <summary>Scores the model that the finished run reports on a split that has scored no epoch.</summary>
    /// <param name="saved">Where that model is saved; null where it is the one in memory.</param>
    /// <param name="progress">Told how many examples are done.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <returns>Its metrics, or null where there is no such split.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal virtual JsonObject? ScoreReported(string? saved, IProgress<(int Done, int All)> progress, CancellationToken cancel) => null;

    /// <summary>Writes the model into a folder of the run, in the place of the one there. The names are those that <see cref="ModelFiles.Owns"/> knows.</summary>
    internal abstract void Save(string folder);

    /// <summary>What is done once when the last epoch is scored.</summary>
    internal virtual void Finish()
    {
    }

    /// <summary>The order of labelled examples: each once, or every class as often as every other.</summary>
    protected static int[] OrderOf(int[] labels, Sampling sampling, ulong seed, int epoch) =>
        sampling == Sampling.Balanced ? Shuffle.BalancedEpoch(labels, seed, epoch) : Shuffle.Epoch(labels.Length, seed, epoch);

    /// <summary>Tells of a split how many of its examples are done, and of how many.</summary>
    protected static IProgress<int> Of(ImageDataset split, IProgress<(int Done, int All)> progress) =>
        new DirectProgress<int>(done => progress.Report((done, split.Count)));
}
