using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Stochastic gradient descent with momentum and L2: <c>torch.optim.SGD</c> without dampening.</summary>
public sealed class Sgd : Optimizer
{
    private readonly double _momentum, _weightDecay;
    private readonly bool _nesterov;

    /// <summary>SGD with PyTorch's defaults.</summary>
    /// <param name="parameters">What to train.</param>
    /// <param name="learningRate">Step size.</param>
    /// <param name="momentum">Decay of the velocity; 0 keeps no velocity.</param>
    /// <param name="nesterov">Takes the gradient one step ahead; needs momentum.</param>
    /// <param name="weightDecay">Times the parameter, added to the gradient.</param>
    /// <param name="multiplier">Factor on the rate of each parameter; 1 without.</param>
    /// <exception cref="HkaFerException">A number is out of range, or nothing is trainable.</exception>
    public Sgd(
        IReadOnlyList<Parameter> parameters, double learningRate = 1e-3, double momentum = 0, bool nesterov = false, double weightDecay = 0,
        Func<Parameter, double>? multiplier = null)
        : base("sgd", parameters, learningRate, multiplier, momentum == 0 ? [] : ["momentum_buffer"])
    {
        _momentum = AtLeast(0, momentum, nameof(momentum));
        _weightDecay = AtLeast(0, weightDecay, "weight decay");
        _nesterov = nesterov && momentum == 0
            ? throw new HkaFerException("sgd: nesterov needs momentum; got momentum 0")
            : nesterov;
    }

    private protected override void Apply(Tensor parameter, int index, double rate, long update, double gradientScale) =>
        Update.Sgd(parameter, _momentum == 0 ? null : Buffer(index, 0), new SgdStep(
            rate, _momentum, _nesterov, _weightDecay, First: update == 1, gradientScale));
}
