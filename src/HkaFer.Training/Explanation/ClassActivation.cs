namespace HkaFer.Training;

/// <summary>The arithmetic of Grad-CAM and Grad-CAM++ on the tokens of a grid.</summary>
internal static class ClassActivation
{
    /// <summary>In the denominator of Grad-CAM++, as the reference has it.</summary>
    private const double Epsilon = 1e-6;

    /// <summary>max(0, sum over channels of weight times activation).</summary>
    /// <param name="method">How channels are weighed.</param>
    /// <param name="activations"><c>[rows * columns, channels]</c>.</param>
    /// <param name="gradients">Of the class's logit, of the same shape.</param>
    /// <param name="rows">Of the grid.</param>
    /// <param name="columns">Of the grid.</param>
    internal static HeatMap Map(CamMethod method, ReadOnlySpan<float> activations, ReadOnlySpan<float> gradients, int rows, int columns)
    {
        int tokens = rows * columns, channels = activations.Length / tokens;
        double[] weights = Weights(method, activations, gradients, channels);
        var map = new float[tokens];
        for (int t = 0; t < tokens; t++)
        {
            double sum = 0;
            for (int c = 0; c < channels; c++)
            {
                sum += weights[c] * activations[(t * channels) + c];
            }

            map[t] = (float)Math.Max(0, sum);
        }

        return new HeatMap(rows, columns, map);
    }

    /// <summary>The channels' weights.</summary>
    internal static double[] Weights(CamMethod method, ReadOnlySpan<float> activations, ReadOnlySpan<float> gradients, int channels)
    {
        int tokens = activations.Length / channels;
        var weights = new double[channels];
        for (int c = 0; c < channels; c++)
        {
            double activation = 0;
            for (int t = 0; t < tokens; t++)
            {
                activation += activations[(t * channels) + c];
            }

            for (int t = 0; t < tokens; t++)
            {
                double g = gradients[(t * channels) + c];
                weights[c] += method == CamMethod.GradCam ? g / tokens
                    : g <= 0 ? 0
                    : g * (g * g / ((2 * g * g) + (activation * g * g * g) + Epsilon));
            }
        }

        return weights;
    }
}
