using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019): the parameter shrinks by rate * decay, whatever its gradient.
/// <c>torch.optim.AdamW</c>.
/// </summary>
public sealed class AdamW : Adam
{
    /// <summary>AdamW with PyTorch's defaults.</summary>
    /// <param name="parameters">What to train.</param>
    /// <param name="learningRate">Step size.</param>
    /// <param name="beta1">Decay of the mean of the gradient, from 0 to below 1.</param>
    /// <param name="beta2">Decay of the mean of the squared gradient, from 0 to below 1.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <param name="weightDecay">Times the rate: how much of a parameter an update takes away.</param>
    /// <param name="multiplier">Factor on the rate of each parameter; 1 without.</param>
    /// <exception cref="HkaFerException">A number is out of range, or nothing is trainable.</exception>
    public AdamW(
        IReadOnlyList<Parameter> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 1e-2, Func<Parameter, double>? multiplier = null)
        : base("adamw", true, parameters, learningRate, beta1, beta2, epsilon, weightDecay, multiplier) { }
}
