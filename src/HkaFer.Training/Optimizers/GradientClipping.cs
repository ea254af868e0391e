using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Clipping by the global norm, as <c>torch.nn.utils.clip_grad_norm_</c>, but without touching the gradients:
/// <c>optimizer.Step(ScaleFor(Norm(parameters), 1.0))</c>.
/// </summary>
public static class GradientClipping
{
    /// <summary>Euclidean norm of all gradients as one vector; parameters without a gradient do not count. NaN where a gradient is.</summary>
    public static double Norm(IEnumerable<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        double sum = 0;
        foreach (Parameter parameter in parameters)
        {
            if (parameter.Trainable && parameter.Value.Grad is { } gradient)
            {
                sum += Update.SumSquares(gradient);
            }
        }

        return Math.Sqrt(sum);
    }

    /// <summary>The factor on the gradients that brings their norm to at most a bound: min(1, bound / (norm + 1e-6)).</summary>
    /// <param name="norm">From <see cref="Norm"/>.</param>
    /// <param name="maxNorm">The bound, above zero.</param>
    /// <exception cref="HkaFerException">The norm is not finite, so no factor helps; or the bound is not above zero.</exception>
    public static double ScaleFor(double norm, double maxNorm)
    {
        if (!double.IsFinite(norm))
        {
            throw new HkaFerException($"clip: the gradient's norm is {norm}; training has diverged: lower the learning rate or look at the data");
        }

        // The small term keeps PyTorch's value; it also spares a zero norm from dividing by zero.
        return maxNorm > 0
            ? Math.Min(1, maxNorm / (norm + 1e-6))
            : throw new HkaFerException($"clip: the bound must be above zero; got {maxNorm}");
    }
}
