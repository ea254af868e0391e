using System.Diagnostics;
using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>One pass after another over a task's examples. Knows nothing of folders: whoever runs it saves, scores and reports.</summary>
internal sealed class TrainingLoop
{
    private readonly RunTask _task;
    private readonly RunSettings _settings;
    private readonly Stopwatch _watch = new();

    /// <summary>Examples of the step under way, for the message where it goes wrong.</summary>
    private readonly List<int> _examples = [];

    internal TrainingLoop(RunTask task)
    {
        (_task, _settings) = (task, task.Settings);
        if (_settings.Ema is { } decay)
        {
            Optimizer.KeepAverage(decay);
        }
    }

    internal Optimizer Optimizer => _task.Optimizer;

    /// <summary>Where the loop stands.</summary>
    internal TrainingState State { get; set; } = new();

    /// <summary>Whether an update was cut off by an error: the weights are then no longer those of <see cref="State"/>.</summary>
    internal bool IsUpdating { get; private set; }

    /// <summary>The learning rate of the last update, from the schedule: it does not depend on whether the run was resumed.</summary>
    internal double LastRate => RateAt(Math.Max(0, Optimizer.Steps - 1));

    /// <summary>Steps of an epoch: updates of the weights, each of one or more batches.</summary>
    internal int Steps => Parts(Parts(_task.Count, _settings.BatchSize), _settings.Accumulate);

    /// <summary>Seconds spent in training steps since the loop was made, waiting for data included.</summary>
    internal double Seconds => _watch.Elapsed.TotalSeconds;

    /// <summary>Trains to the end of the epoch under way, or until stopped; <see cref="State"/> then says where.</summary>
    /// <returns>Whether the epoch is complete.</returns>
    /// <exception cref="HkaFerException">The loss is not a number; nothing of the step was applied.</exception>
    internal bool RunEpoch(Action<TrainingState>? progress, CancellationToken stop)
    {
        int[] order = _task.Order(State.Epoch);
        int firstBatch = State.Step * _settings.Accumulate, batches = 0;
        TrainingState next = State;
        double weight = 0;
        _examples.Clear();
        _watch.Start();
        try
        {
            // The token is looked at between steps: a step under way is finished with all its batches, so what is saved is whole.
            int start = Math.Min(order.Length, firstBatch * _settings.BatchSize);
            foreach (TrainingBatch batch in _task.Batches(order[start..], State.Epoch, firstBatch))
            {
                if (batches == 0 && stop.IsCancellationRequested)
                {
                    return false;
                }

                _examples.AddRange(batch.Examples.Span);
                weight += Backward(batch, ref next);
                if (++batches == _settings.Accumulate || next.Seen == order.Length)
                {
                    IsUpdating = true;
                    Update(weight);
                    State = next = next with { Step = next.Step + 1 };
                    IsUpdating = false;
                    (batches, weight) = (0, 0);
                    _examples.Clear();
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
    private double Backward(TrainingBatch batch, ref TrainingState next)
    {
        using IDisposable step = Tape.Step();

        // By the place in the run, so that a resumed one leaves out the same.
        using IDisposable dropout = AdapterDropout.Draw(Rng.Combine(Rng.Combine(_settings.Seed, (ulong)State.Epoch), (ulong)next.Seen));
        (Tensor loss, double weight, int correct) = batch.Loss();
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
            LossSum = next.LossSum + (value * batch.Examples.Length),
            Correct = next.Correct + correct,
            Seen = next.Seen + batch.Examples.Length,
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
        $"train: {what} at epoch {State.Epoch + 1}, step {State.Step + 1}, on {string.Join(", ", _examples.Select(i => $"'{_task.NameOf(i)}'"))}; " +
        "look at them, and lower the learning rate or clip gradients (training.clip)");

    private double RateAt(long step) => _settings.Schedule.RateAt(_settings.LearningRate, step, Steps, _settings.Epochs);

    private static int Parts(int count, int size) => (count + size - 1) / size;
}
