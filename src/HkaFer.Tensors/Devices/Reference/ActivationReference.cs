namespace HkaFer.Tensors;

/// <summary>Nonlinearities and their derivatives in float64.</summary>
internal static class ActivationReference
{
    internal static double Value(Activation kind, double x) => kind switch
    {
        Activation.Gelu => 0.5 * x * Erfc(-x / Math.Sqrt(2)),
        Activation.QuickGelu => x * Sigmoid(1.702 * x),
        Activation.Silu => x * Sigmoid(x),
        Activation.Sigmoid => Sigmoid(x),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    internal static double Derivative(Activation kind, double x) => kind switch
    {
        Activation.Gelu => (0.5 * Erfc(-x / Math.Sqrt(2))) + (x * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI)),
        Activation.QuickGelu => GatedDerivative(1.702, x),
        Activation.Silu => GatedDerivative(1, x),
        Activation.Sigmoid => Sigmoid(x) * (1 - Sigmoid(x)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    internal static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>
    /// erfc to about 1e-15: the series of erf up to 2.5, the continued fraction of erfc beyond, where the series would cancel.
    /// </summary>
    internal static double Erfc(double x)
    {
        if (x < 0)
        {
            return 2 - Erfc(-x);
        }

        if (x > 27)
        {
            return 0;
        }

        if (x < 2.5)
        {
            // erf x = 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (1 3 .. (2n+1)): all terms positive, nothing cancels.
            double term = x, sum = x;
            for (int n = 1; term > sum * 1e-17; n++)
            {
                term *= 2 * x * x / ((2 * n) + 1);
                sum += term;
            }

            return 1 - (2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum);
        }

        double fraction = 0;
        for (int n = 60; n > 0; n--)
        {
            fraction = n / 2.0 / (x + fraction);
        }

        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (x + fraction);
    }

    private static double GatedDerivative(double slope, double x)
    {
        double s = Sigmoid(slope * x);
        return s + (slope * x * s * (1 - s));
    }
}
