namespace HkaFer.Training;

/// <summary>McNemar's test of two classifiers on the same samples: whether they are wrong on different ones by more than chance.</summary>
public static class McNemar
{
    /// <summary>
    /// The exact two-sided probability that samples on which one of the two is right, and the other wrong, fall at least so unevenly where both are
    /// equally good: of a binomial with one half.
    /// </summary>
    /// <param name="onlyFirstRight">Samples on which the first alone is right.</param>
    /// <param name="onlySecondRight">Samples on which the second alone is right.</param>
    /// <returns>From 0 to 1; 1 where they never differ.</returns>
    public static double Exact(long onlyFirstRight, long onlySecondRight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(onlyFirstRight);
        ArgumentOutOfRangeException.ThrowIfNegative(onlySecondRight);
        long n = onlyFirstRight + onlySecondRight, k = Math.Min(onlyFirstRight, onlySecondRight);
        if (2 * k == n)
        {
            return 1;
        }

        // C(n, k) / 2^n, its logarithm summed: the number itself leaves the range of a double at a thousand samples.
        double top = -n * Math.Log(2);
        for (long i = 1; i <= k; i++)
        {
            top += Math.Log((double)(n - k + i) / i);
        }

        // The terms below it by their ratios, C(n, i - 1) / C(n, i) = i / (n - i + 1), until they add nothing.
        double sum = 1, term = 1;
        for (long i = k; i > 0 && term > 1e-18; i--)
        {
            term *= (double)i / (n - i + 1);
            sum += term;
        }

        return Math.Min(1, 2 * Math.Exp(top) * sum);
    }
}
