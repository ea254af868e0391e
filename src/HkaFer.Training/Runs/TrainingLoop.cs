using System.Diagnostics;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>One pass after another over the training data. Knows nothing of folders: whoever runs it saves, scores and reports.</summary>
internal sealed class TrainingLoop
{
    private readonly ExpressionModel _model;
    private readonly ImageDataset _data;
    private readonly BatchLoader _loader;
    private readonly LoopSettings _settings;
    private readonly Stopwatch _watch = new();

    internal TrainingLoop(ExpressionModel model, ImageDataset data, Optimizer optimizer, LoopSettings settings)
    {
        if (data.Count == 0)
        {
            throw new HkaFerException($"train: {data.Kind} has no picture to train on");
        }

        data.CheckClasses();
        (_model, _data, Optimizer, _settings) = (model, data, optimizer, settings);
        _loader = new BatchLoader(data, settings.BatchSize, model.Preprocessing, settings.Augmentation, settings.Seed);
    }

    internal Optimizer Optimizer { get; }

    /// <summary>Where the loop stands.</summary>
    internal TrainingState State { get; set; } = new();

    /// <summary>The learning rate of the last update, from the schedule: it does not depend on whether the run was resumed.</summary>
    internal double LastRate => RateAt(Math.Max(0, Optimizer.Steps - 1));

    /// <summary>Steps of an epoch.</summary>
    internal int Steps => _loader.BatchCount;

    /// <summary>Seconds spent in training steps since the loop was made, waiting for data included.</summary>
    internal double Seconds => _watch.Elapsed.TotalSeconds;

    /// <summary>Trains to the end of the epoch under way, or until stopped; <see cref="State"/> then says where.</summary>
    /// <returns>Whether the epoch is complete.</returns>
    /// <exception cref="HkaFerException">The loss is not a number; nothing of the step was applied.</exception>
    internal bool RunEpoch(Action<TrainingState>? progress, CancellationToken stop)
    {
        int[] order = Shuffle.Epoch(_data.Count, _settings.Seed, State.Epoch);
        int start = Math.Min(order.Length, State.Step * _settings.BatchSize);
        _watch.Start();
        try
        {
            // The token is looked at between steps: a step under way is finished, so what is saved is whole.
            foreach (Batch batch in _loader.Batches(order[start..], State.Epoch, CancellationToken.None))
            {
                if (stop.IsCancellationRequested)
                {
                    return false;
                }

                Step(batch);
                progress?.Invoke(State);
            }
        }
        finally
        {
            _watch.Stop();
        }

        return true;
    }

    private void Step(Batch batch)
    {
        using IDisposable step = Tape.Step();
        Tensor pixels = Tensor.From(batch.Pixels.AsSpan(0, batch.Count * 3 * batch.Size * batch.Size), [batch.Count, 3, batch.Size, batch.Size]);
        ReadOnlySpan<int> labels = batch.Labels.AsSpan(0, batch.Count);
        Tensor logits = _model.Classifier.Forward(pixels);
        Tensor loss = Ops.CrossEntropy(logits, labels, _settings.LabelSmoothing);
        double value = loss.Item();
        if (!double.IsFinite(value))
        {
            throw Diverged($"the loss is {value}", batch);
        }

        loss.Backward();
        Optimizer.LearningRate = RateAt(Optimizer.Steps);
        Optimizer.Step(_settings.ClipNorm is { } bound ? GradientClipping.ScaleFor(Norm(batch), bound) : 1);
        Optimizer.ZeroGrad();
        State = State with
        {
            Step = State.Step + 1,
            LossSum = State.LossSum + (value * batch.Count),
            Correct = State.Correct + CountCorrect(logits.ToArray<float>(), labels),
            Seen = State.Seen + batch.Count,
        };
    }

    private double Norm(Batch batch)
    {
        double norm = GradientClipping.Norm(Optimizer.Parameters);
        return double.IsFinite(norm) ? norm : throw Diverged($"the gradient's norm is {norm}", batch);
    }

    private DivergedException Diverged(string what, Batch batch) => new(
        $"train: {what} at epoch {State.Epoch + 1}, step {State.Step + 1}, on {string.Join(", ", batch.Indices.Take(batch.Count).Select(i => $"'{_data[i].Path}'"))}; " +
        "look at these pictures, and lower the learning rate or clip gradients (training.clip)");

    private double RateAt(long step) => _settings.Schedule.RateAt(_settings.LearningRate, step, Steps, _settings.Epochs);

    private static int CountCorrect(float[] logits, ReadOnlySpan<int> labels)
    {
        int classes = logits.Length / labels.Length, correct = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = logits.AsSpan(i * classes, classes);
            int top = 0;
            for (int c = 1; c < classes; c++)
            {
                top = row[c] > row[top] ? c : top;
            }

            correct += top == labels[i] ? 1 : 0;
        }

        return correct;
    }
}

/// <summary>What the loop needs of a recipe.</summary>
internal sealed record LoopSettings
{
    public required int Epochs { get; init; }

    public required int BatchSize { get; init; }

    public required double LearningRate { get; init; }

    public required Schedule Schedule { get; init; }

    public required ulong Seed { get; init; }

    public Augmentation? Augmentation { get; init; }

    public double LabelSmoothing { get; init; }

    /// <summary>Bound on the global gradient norm, or none.</summary>
    public double? ClipNorm { get; init; }
}
