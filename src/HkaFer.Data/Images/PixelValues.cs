using System.Globalization;

namespace HkaFer.Data;

/// <summary>What a byte of a pixel becomes: <c>(x / 255 - mean) / std</c>, in a table of 256 values a channel.</summary>
internal static class PixelValues
{
    /// <summary>Fills a table of 3 x 256 values, red first: worked out in double and rounded once, and then no arithmetic per pixel.</summary>
    internal static void Fill(Span<float> table, float[] mean, float[] std)
    {
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = (float)((i % 256 / 255.0 - mean[i / 256]) / std[i / 256]);
        }
    }

    /// <summary>Checks values that may come from a file.</summary>
    /// <exception cref="HkaFerException">They are not three finite numbers each, the deviations above zero.</exception>
    internal static void Check(string what, float[]? mean, float[]? std)
    {
        if (!(mean is [var m0, var m1, var m2] && float.IsFinite(m0 + m1 + m2)))
        {
            throw Bad("mean", "three finite numbers", mean);
        }

        if (!(std is [> 0, > 0, > 0] && float.IsFinite(std[0] + std[1] + std[2])))
        {
            throw Bad("std", "three numbers above zero", std);
        }

        HkaFerException Bad(string name, string expected, float[]? got) => new(
            $"{what}: {name} must be {expected}, got {(got is null ? "nothing" : $"[{string.Join(", ", got.Select(x => x.ToString(CultureInfo.InvariantCulture)))}]")}");
    }
}
