namespace HkaFer.Tensors;

/// <summary>The numbers of one SGD update, as PyTorch defines it.</summary>
/// <param name="LearningRate">Step size.</param>
/// <param name="Momentum">Decay of the velocity; 0 keeps none.</param>
/// <param name="Nesterov">Looks one step ahead.</param>
/// <param name="WeightDecay">Added to the gradient.</param>
/// <param name="First">The first update: the velocity starts as the gradient.</param>
/// <param name="GradientScale">Multiplies the gradient first.</param>
public readonly record struct SgdStep(
    double LearningRate, double Momentum, bool Nesterov, double WeightDecay, bool First, double GradientScale);
