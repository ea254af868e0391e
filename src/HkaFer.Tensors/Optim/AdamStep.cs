namespace HkaFer.Tensors;

/// <summary>The numbers of one Adam update, as PyTorch defines it.</summary>
/// <param name="LearningRate">Step size.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Coupled: added to the gradient (Adam's L2). Decoupled: the parameter shrinks by rate * decay (AdamW).</param>
/// <param name="Decoupled">AdamW instead of Adam.</param>
/// <param name="Step">Updates so far with this one, from 1: corrects the bias of the moments.</param>
/// <param name="GradientScale">Multiplies the gradient first (clipping, accumulation).</param>
public readonly record struct AdamStep(
    double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, bool Decoupled, long Step, double GradientScale);
