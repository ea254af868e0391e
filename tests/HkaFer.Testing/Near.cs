using System.Globalization;
using Xunit;

namespace HkaFer.Testing;

/// <summary>
/// The one tolerance of all tests: <c>max|a - b| &lt;= tolerance * max(max|b|, floor)</c>, b the expected values. A gradient that is
/// rounding noise around zero has a floor: a hundredth of the largest gradient of its case.
/// </summary>
public static class Near
{
    /// <summary>Fails unless <paramref name="actual"/> is near <paramref name="expected"/>; NaN, infinity and another length fail.</summary>
    /// <param name="expected">The reference values.</param>
    /// <param name="actual">The values under test.</param>
    /// <param name="tolerance">Relative to the largest magnitude of the expected values.</param>
    /// <param name="what">What is compared, for the message.</param>
    /// <param name="floor">A magnitude below which the scale does not go.</param>
    public static void Relative(double[] expected, double[] actual, double tolerance, string what, double floor = 0) =>
        Compare(expected, actual, tolerance, what, floor);

    /// <inheritdoc cref="Relative(double[], double[], double, string, double)"/>
    public static void Relative(double[] expected, float[] actual, double tolerance, string what, double floor = 0) =>
        Compare(expected, Wide(actual), tolerance, what, floor);

    /// <inheritdoc cref="Relative(double[], double[], double, string, double)"/>
    public static void Relative(float[] expected, float[] actual, double tolerance, string what, double floor = 0) =>
        Compare(Wide(expected), Wide(actual), tolerance, what, floor);

    /// <inheritdoc cref="Relative(double[], double[], double, string, double)"/>
    public static void Relative(float[] expected, double[] actual, double tolerance, string what, double floor = 0) =>
        Compare(Wide(expected), actual, tolerance, what, floor);

    static void Compare(double[] expected, double[] actual, double tolerance, string what, double floor)
    {
        if (expected.Length != actual.Length)
        {
            Assert.Fail($"{what}: expected {expected.Length} values, got {actual.Length}");
        }

        double scale = floor, worst = -1;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            scale = Math.Max(scale, Math.Abs(expected[i]));
            double error = Math.Abs(actual[i] - expected[i]);
            // Every comparison with NaN is false, and an infinite expectation would allow anything.
            if (!double.IsFinite(error))
            {
                Assert.Fail(Text($"{what}: at {i} expected {expected[i]:g9}, got {actual[i]:g9}"));
            }

            if (error > worst)
            {
                (worst, at) = (error, i);
            }
        }

        double allowed = tolerance * scale;
        if (!(worst <= allowed))
        {
            Assert.Fail(Text($"{what}: worst at {at} of {expected.Length}: expected {expected[at]:g9}, got {actual[at]:g9}; ") +
                Text($"differs by {worst:g3}, allowed {allowed:g3} ({tolerance:g3} of {scale:g3}), {worst / allowed:g3} times too far"));
        }
    }

    static double[] Wide(float[] values) => Array.ConvertAll(values, x => (double)x);

    static string Text(FormattableString message) => message.ToString(CultureInfo.InvariantCulture);
}
