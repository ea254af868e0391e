using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Adam (Kingma and Ba, 2015), with weight decay as an L2 term of the gradient: <c>torch.optim.Adam</c>. The paper's optimizer.</summary>
public class Adam : Optimizer
{
    private readonly double _beta1, _beta2, _epsilon, _weightDecay;
    private readonly bool _decoupled;

    /// <summary>Adam with PyTorch's defaults.</summary>
    /// <param name="parameters">What to train.</param>
    /// <param name="learningRate">Step size.</param>
    /// <param name="beta1">Decay of the mean of the gradient, from 0 to below 1.</param>
    /// <param name="beta2">Decay of the mean of the squared gradient, from 0 to below 1.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <param name="weightDecay">Times the parameter, added to the gradient.</param>
    /// <param name="multiplier">Factor on the rate of each parameter; 1 without.</param>
    /// <exception cref="HkaFerException">A number is out of range, or nothing is trainable.</exception>
    public Adam(
        IReadOnlyList<Parameter> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 0, Func<Parameter, double>? multiplier = null)
        : this("adam", false, parameters, learningRate, beta1, beta2, epsilon, weightDecay, multiplier) { }

    private protected Adam(
        string rule, bool decoupled, IReadOnlyList<Parameter> parameters, double learningRate, double beta1, double beta2, double epsilon,
        double weightDecay, Func<Parameter, double>? multiplier)
        : base(rule, parameters, learningRate, multiplier, "exp_avg", "exp_avg_sq")
    {
        _decoupled = decoupled;
        _beta1 = Decay(beta1, nameof(beta1));
        _beta2 = Decay(beta2, nameof(beta2));
        _epsilon = AtLeast(0, epsilon, nameof(epsilon));
        _weightDecay = AtLeast(0, weightDecay, "weight decay");
    }

    private protected sealed override void Apply(Tensor parameter, int index, double rate, long update, double gradientScale) =>
        Update.Adam(parameter, Buffer(index, 0), Buffer(index, 1), new AdamStep(
            rate, _beta1, _beta2, _epsilon, _weightDecay, _decoupled, update, gradientScale));

    private double Decay(double value, string what) => value is >= 0 and < 1
        ? value
        : throw new HkaFerException($"{Rule}: {what} must be from 0 to below 1; got {value}");
}
