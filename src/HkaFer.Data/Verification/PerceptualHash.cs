using System.Numerics;

namespace HkaFer.Data;

/// <summary>
/// What a picture looks like in 64 bits: the signs of its lowest frequencies. Another size, another codec or a little brightness changes few of
/// them; another picture changes about half.
/// </summary>
internal static class PerceptualHash
{
    private const int Side = 32, Frequencies = 8;

    /// <summary>Cosines of the frequencies 0 to 8 over 32 samples (DCT-II).</summary>
    private static readonly float[,] s_cosines = Cosines();

    /// <summary>The hash of a picture of any size, from 32 x 32 grey pixels.</summary>
    public static ulong Of(Image image)
    {
        byte[] grey = Grey(image);
        if ((image.Width, image.Height) != (Side, Side))
        {
            grey = Resizer.Resize(grey, (image.Width, image.Height), 1, (Side, Side), new Window(0, 0, Side, Side), Resampling.Bilinear);
        }

        // The mean says nothing of what is to be seen; frequency 8 across takes its place, so that there are 64.
        Span<float> coefficients = stackalloc float[Frequencies * Frequencies];
        Span<float> across = stackalloc float[Side * (Frequencies + 1)];
        for (int y = 0; y < Side; y++)
        {
            for (int u = 0; u <= Frequencies; u++)
            {
                float sum = 0;
                for (int x = 0; x < Side; x++) sum += grey[(y * Side) + x] * s_cosines[u, x];
                across[(y * (Frequencies + 1)) + u] = sum;
            }
        }

        for (int i = 0; i < coefficients.Length; i++)
        {
            (int v, int u) = i == 0 ? (0, Frequencies) : (i / Frequencies, i % Frequencies);
            float sum = 0;
            for (int y = 0; y < Side; y++) sum += across[(y * (Frequencies + 1)) + u] * s_cosines[v, y];
            coefficients[i] = sum;
        }

        // Far above the rounding errors of a flat picture and far below one grey level, so that all flat pictures are alike.
        const float nothing = 0.5f;
        ulong bits = 0;
        for (int i = 0; i < coefficients.Length; i++) bits |= coefficients[i] > nothing ? 1UL << i : 0;
        return bits;
    }

    /// <summary>In how many bits two hashes differ, 0 to 64.</summary>
    public static int Distance(ulong a, ulong b) => BitOperations.PopCount(a ^ b);

    private static byte[] Grey(Image image)
    {
        var grey = new byte[image.Width * image.Height];
        ReadOnlySpan<byte> rgb = image.Pixels;
        // ITU-R 601 luma, in 16 bits after the point.
        for (int i = 0, p = 0; i < grey.Length; i++, p += 3) grey[i] = (byte)(((19595 * rgb[p]) + (38470 * rgb[p + 1]) + (7471 * rgb[p + 2]) + 32768) >> 16);
        return grey;
    }

    private static float[,] Cosines()
    {
        var table = new float[Frequencies + 1, Side];
        for (int u = 0; u <= Frequencies; u++)
        {
            for (int x = 0; x < Side; x++) table[u, x] = (float)Math.Cos(Math.PI * ((2 * x) + 1) * u / (2 * Side));
        }

        return table;
    }
}
