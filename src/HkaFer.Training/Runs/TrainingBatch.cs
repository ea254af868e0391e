using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Some examples that are trained on together.</summary>
/// <param name="Examples">Their positions among the task's; valid until the next batch.</param>
/// <param name="Loss">Computes their loss on the tape of the caller.</param>
internal readonly record struct TrainingBatch(ReadOnlyMemory<int> Examples, Func<BatchLoss> Loss);

/// <summary>The loss of a batch.</summary>
/// <param name="Mean">Its mean, a scalar on the tape.</param>
/// <param name="Weight">What the mean was divided by: the batches of one update are put together in that proportion.</param>
/// <param name="Correct">Examples that came out right.</param>
internal readonly record struct BatchLoss(Tensor Mean, double Weight, int Correct = 0);
