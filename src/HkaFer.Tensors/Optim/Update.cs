namespace HkaFer.Tensors;

/// <summary>
/// Update rules in place, for the floors above: they see no raw memory, so an optimizer is its schedule and its state and this is its arithmetic.
/// The gradient is the parameter's own <see cref="Tensor.Grad"/>. Nothing here is recorded on the tape.
/// </summary>
public static class Update
{
    /// <summary>One Adam or AdamW update of a parameter and of its two moments.</summary>
    /// <param name="parameter">Overwritten.</param>
    /// <param name="moment1">Running mean of the gradient, of the parameter's shape; overwritten.</param>
    /// <param name="moment2">Running mean of the squared gradient, of the parameter's shape; overwritten.</param>
    /// <param name="step">Rates; see <see cref="AdamStep"/>.</param>
    /// <exception cref="HkaFerException">There is no gradient, or the shapes differ.</exception>
    public static void Adam(Tensor parameter, Tensor moment1, Tensor moment2, in AdamStep step)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(moment1);
        ArgumentNullException.ThrowIfNull(moment2);
        Guard.SameShape("adam", parameter, moment1);
        Guard.SameShape("adam", parameter, moment2);
        parameter.Device.Adam(parameter, GradientOf("adam", parameter), moment1, moment2, step);
    }

    /// <summary>One SGD update of a parameter and of its velocity.</summary>
    /// <param name="parameter">Overwritten.</param>
    /// <param name="velocity">Momentum, of the parameter's shape; overwritten. None where <see cref="SgdStep.Momentum"/> is 0.</param>
    /// <param name="step">Rates; see <see cref="SgdStep"/>.</param>
    /// <exception cref="HkaFerException">There is no gradient, or the shapes differ.</exception>
    public static void Sgd(Tensor parameter, Tensor? velocity, in SgdStep step)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (velocity is not null)
        {
            Guard.SameShape("sgd", parameter, velocity);
        }

        parameter.Device.Sgd(parameter, GradientOf("sgd", parameter), velocity, step);
    }

    /// <summary>average = decay * average + (1 - decay) * value: one step of an exponential moving average.</summary>
    /// <param name="average">Overwritten.</param>
    /// <param name="value">Of the average's shape.</param>
    /// <param name="decay">Share of the average that stays, 0 to 1.</param>
    /// <exception cref="HkaFerException">The shapes differ.</exception>
    public static void Average(Tensor average, Tensor value, double decay)
    {
        ArgumentNullException.ThrowIfNull(average);
        ArgumentNullException.ThrowIfNull(value);
        Guard.SameShape("average", average, value);
        average.Device.Scale(average, decay, average);
        average.Device.Scale(value, 1 - decay, new Target(average, true));
    }

    /// <summary>Sum of the squares of all elements, in float64.</summary>
    public static double SumSquares(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Device.SumSquares(x);
    }

    private static Tensor GradientOf(string rule, Tensor parameter) => parameter.Grad
        ?? throw new HkaFerException($"{rule}: the parameter {parameter} has no gradient; call Backward() first, or leave the parameter out");
}
