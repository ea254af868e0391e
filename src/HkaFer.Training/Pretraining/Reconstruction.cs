using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>What a masked auto-encoder makes of pictures, drawn.</summary>
internal static class Reconstruction
{
    /// <summary>Grey of a hidden patch.</summary>
    private const byte Hidden = 128;

    /// <summary>
    /// Three rows: pictures as the model is given them, what it sees of them, and that with what it makes of the rest. A guess is of a patch's pattern, as the loss
    /// is, and is drawn with the patch's own mean and deviation.
    /// </summary>
    /// <param name="pixels">float32 <c>[pictures, 3, size, size]</c>, normalised.</param>
    /// <param name="predicted">From <see cref="MaskedAutoencoder.Predict"/>.</param>
    /// <param name="mask">What is hidden.</param>
    /// <param name="size">Side in pixels.</param>
    /// <param name="patch">Side of a patch.</param>
    /// <param name="preprocessing">How pictures became numbers.</param>
    internal static Image Sheet(float[] pixels, float[] predicted, PatchMask mask, int size, int patch, Preprocessing preprocessing)
    {
        int values = 3 * patch * patch, width = mask.Count * size, grid = size / patch, masked = 0;
        var sheet = new byte[3 * width * 3 * size];
        Span<float> own = new float[values];
        for (int picture = 0; picture < mask.Count; picture++)
        {
            for (int p = 0; p < grid * grid; p++)
            {
                int top = p / grid * patch, left = p % grid * patch;
                for (int v = 0; v < values; v++)
                {
                    own[v] = pixels[Source(v)];
                    Put(0, v, own[v]);
                }

                if (mask.IsVisible(picture, p))
                {
                    for (int v = 0; v < values; v++)
                    {
                        Put(1, v, own[v]);
                        Put(2, v, own[v]);
                    }

                    continue;
                }

                (float mean, float deviation) = Moments(own);
                ReadOnlySpan<float> guess = predicted.AsSpan(masked++ * values, values);
                for (int v = 0; v < values; v++)
                {
                    sheet[At(1, v)] = Hidden;
                    Put(2, v, mean + (deviation * guess[v]));
                }

                int Source(int v) => (((picture * 3) + (v / (patch * patch))) * size * size) + ((top + (v / patch % patch)) * size) + left + (v % patch);

                int At(int row, int v) =>
                    (((((row * size) + top + (v / patch % patch)) * width) + (picture * size) + left + (v % patch)) * 3) + (v / (patch * patch));

                void Put(int row, int v, float value)
                {
                    int channel = v / (patch * patch);
                    double colour = 255 * ((value * preprocessing.Std[channel]) + preprocessing.Mean[channel]);
                    sheet[At(row, v)] = (byte)Math.Round(Math.Clamp(colour, 0, 255));
                }
            }
        }

        return new Image(width, 3 * size, sheet);
    }

    private static (float Mean, float Deviation) Moments(ReadOnlySpan<float> values)
    {
        double sum = 0, squares = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        double mean = sum / values.Length;
        foreach (float value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return ((float)mean, (float)Math.Sqrt(squares / (values.Length - 1)));
    }
}
