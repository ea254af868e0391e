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
    private readonly TrainingLoss _loss;
    private readonly Stopwatch _watch = new();
    private readonly int[] _labels;

    /// <summary>Pictures of the step under way, for the message where it goes wrong.</summary>
    private readonly List<int> _pictures = [];

    internal TrainingLoop(ExpressionModel model, ImageDataset data, Optimizer optimizer, LoopSettings settings)
    {
        if (data.Count == 0)
        {
            throw new HkaFerException($"train: {data.Kind} has no picture to train on");
        }

        data.CheckClasses();
        (_model, _data, Optimizer, _settings) = (model, data, optimizer, settings);
        _labels = [.. Enumerable.Range(0, data.Count).Select(i => data[i].Label)];
        _loss = new TrainingLoss(settings.LabelSmoothing, settings.ClassWeights);
        _loader = new BatchLoader(data, settings.BatchSize, model.Preprocessing, settings.Augmentation, settings.Seed);
        if (settings.Ema is { } decay)
        {
            optimizer.KeepAverage(decay);
        }
    }

    internal Optimizer Optimizer { get; }

    /// <summary>Where the loop stands.</summary>
    internal TrainingState State { get; set; } = new();

    /// <summary>Whether an update was cut off by an error: the weights are then no longer those of <see cref="State"/>.</summary>
    internal bool IsUpdating { get; private set; }

    /// <summary>The learning rate of the last update, from the schedule: it does not depend on whether the run was resumed.</summary>
    internal double LastRate => RateAt(Math.Max(0, Optimizer.Steps - 1));

    /// <summary>Steps of an epoch: updates of the weights, each of one or more batches.</summary>
    internal int Steps => (_loader.BatchCount + _settings.Accumulate - 1) / _settings.Accumulate;

    /// <summary>Seconds spent in training steps since the loop was made, waiting for data included.</summary>
    internal double Seconds => _watch.Elapsed.TotalSeconds;

    /// <summary>Trains to the end of the epoch under way, or until stopped; <see cref="State"/> then says where.</summary>
    /// <returns>Whether the epoch is complete.</returns>
    /// <exception cref="HkaFerException">The loss is not a number; nothing of the step was applied.</exception>
    internal bool RunEpoch(Action<TrainingState>? progress, CancellationToken stop)
    {
        int[] order = _settings.Sampling == Sampling.Balanced
            ? Shuffle.BalancedEpoch(_labels, _settings.Seed, State.Epoch)
            : Shuffle.Epoch(_labels.Length, _settings.Seed, State.Epoch);
        int firstBatch = State.Step * _settings.Accumulate, batches = 0;
        TrainingState next = State;
        double weight = 0;
        _pictures.Clear();
        _watch.Start();
        try
        {
            // The token is looked at between steps: a step under way is finished with all its batches, so what is saved is whole.
            int start = Math.Min(order.Length, firstBatch * _settings.BatchSize);
            foreach (Batch batch in _loader.Batches(order[start..], State.Epoch, firstBatch, CancellationToken.None))
            {
                if (batches == 0 && stop.IsCancellationRequested)
                {
                    return false;
                }

                _pictures.AddRange(batch.Indices.AsSpan(0, batch.Count));
                weight += Backward(batch, ref next);
                if (++batches == _settings.Accumulate || next.Seen == order.Length)
                {
                    IsUpdating = true;
                    Update(weight);
                    State = next = next with { Step = next.Step + 1 };
                    IsUpdating = false;
                    (batches, weight) = (0, 0);
                    _pictures.Clear();
                    progress?.Invoke(State);
                }
            }
        }
        finally
        {
            _watch.Stop();
        }

        return true;
    }

    /// <summary>Nothing is saved, and no epoch scored, with weights that are no numbers.</summary>
    /// <exception cref="DivergedException">A weight is not finite; the message names it.</exception>
    internal void CheckWeights()
    {
        if (Optimizer.Parameters.FirstOrDefault(p => !double.IsFinite(Tensors.Update.SumSquares(p.Value.Detach()))) is { } broken)
        {
            throw new DivergedException(
                $"train: the weight {broken.Path} is not finite after epoch {State.Epoch + 1}, step {State.Step}; lower the learning rate or clip gradients (training.clip)");
        }
    }

    /// <summary>Adds the gradient of a batch to those of its step.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="next">What the state will be after the step; takes in loss and hits.</param>
    /// <returns>The weight of the batch among those of its step.</returns>
    private double Backward(Batch batch, ref TrainingState next)
    {
        using IDisposable step = Tape.Step();
        Tensor pixels = Tensor.From(batch.Pixels.AsSpan(0, batch.Count * 3 * batch.Size * batch.Size), [batch.Count, 3, batch.Size, batch.Size]);
        Tensor logits = _model.Classifier.Forward(pixels);
        (Tensor loss, double weight) = _loss.Of(logits, batch);
        double value = loss.Item();
        if (!double.IsFinite(value))
        {
            throw Diverged($"the loss is {value}");
        }

        if (_settings.Accumulate == 1)
        {
            loss.Backward();
            weight = 1;
        }
        else
        {
            // The sum of the losses and not their mean: a short batch counts for as much as it holds.
            loss.Backward(Tensor.Full(loss.Shape, weight));
        }

        next = next with
        {
            LossSum = next.LossSum + (value * batch.Count),
            Correct = next.Correct + CountCorrect(logits.ToArray<float>(), batch.Labels.AsSpan(0, batch.Count)),
            Seen = next.Seen + batch.Count,
        };
        return weight;
    }

    /// <summary>Applies the gradients of a step.</summary>
    /// <param name="weight">Sum of the weights of its batches: what their gradients are to be divided by.</param>
    private void Update(double weight)
    {
        Optimizer.LearningRate = RateAt(Optimizer.Steps);
        double clip = _settings.ClipNorm is { } bound ? GradientClipping.ScaleFor(Norm() / weight, bound) : 1;
        Optimizer.Step(clip / weight);
        Optimizer.ZeroGrad();
    }

    private double Norm()
    {
        double norm = GradientClipping.Norm(Optimizer.Parameters);
        return double.IsFinite(norm) ? norm : throw Diverged($"the gradient's norm is {norm}");
    }

    private DivergedException Diverged(string what) => new(
        $"train: {what} at epoch {State.Epoch + 1}, step {State.Step + 1}, on {string.Join(", ", _pictures.Select(i => $"'{_data[i].Path}'"))}; " +
        "look at these pictures, and lower the learning rate or clip gradients (training.clip)");

    private double RateAt(long step) => _settings.Schedule.RateAt(_settings.LearningRate, step, Steps, _settings.Epochs);

    private static int CountCorrect(float[] logits, ReadOnlySpan<int> labels)
    {
        int classes = logits.Length / labels.Length, correct = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            correct += Greatest.Of<float>(logits.AsSpan(i * classes, classes)) == labels[i] ? 1 : 0;
        }

        return correct;
    }
}
