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
internal readonly record struct AdamStep(
    double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, bool Decoupled, long Step, double GradientScale);

/// <summary>The numbers of one SGD update, as PyTorch defines it.</summary>
/// <param name="LearningRate">Step size.</param>
/// <param name="Momentum">Decay of the velocity; 0 keeps none.</param>
/// <param name="Nesterov">Looks one step ahead.</param>
/// <param name="WeightDecay">Added to the gradient.</param>
/// <param name="First">The first update: the velocity starts as the gradient.</param>
/// <param name="GradientScale">Multiplies the gradient first.</param>
internal readonly record struct SgdStep(
    double LearningRate, double Momentum, bool Nesterov, double WeightDecay, bool First, double GradientScale);
