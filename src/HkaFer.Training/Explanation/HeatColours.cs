namespace HkaFer.Training;

/// <summary>
/// Cold to hot as colours: from near black over violet, red and orange to pale yellow, the lightness rising evenly in OKLab (Ottosson 2020), so that equal steps look equal, in
/// grey and to the colour-blind too.
/// </summary>
internal static class HeatColours
{
    private const double Dark = 0.16, Light = 0.97;

    /// <summary>Hue in degrees and chroma along the way, at equal steps of heat.</summary>
    private static readonly (double Hue, double Chroma)[] s_way = [(285, 0.03), (292, 0.11), (318, 0.16), (358, 0.18), (28, 0.18), (52, 0.16), (78, 0.15), (98, 0.13), (106, 0.07)];

    private static readonly (byte R, byte G, byte B)[] s_table = [.. Enumerable.Range(0, 256).Select(i => Make(i / 255.0))];

    /// <summary>The colour of a heat.</summary>
    /// <param name="heat">0 to 1; what lies beyond is taken for the end.</param>
    internal static (byte R, byte G, byte B) Of(float heat) => s_table[(int)(Math.Clamp(float.IsNaN(heat) ? 0 : heat, 0, 1) * 255 + 0.5f)];

    /// <summary>OKLab's lightness of an sRGB colour, 0 to 1.</summary>
    internal static double Lightness((byte R, byte G, byte B) colour)
    {
        (double r, double g, double b) = (Linear(colour.R), Linear(colour.G), Linear(colour.B));
        double l = Math.Cbrt((0.4122214708 * r) + (0.5363325363 * g) + (0.0514459929 * b));
        double m = Math.Cbrt((0.2119034982 * r) + (0.6806995451 * g) + (0.1073969566 * b));
        double s = Math.Cbrt((0.0883024619 * r) + (0.2817188376 * g) + (0.6299787005 * b));
        return (0.2104542553 * l) + (0.7936177850 * m) - (0.0040720468 * s);

        static double Linear(byte value) => value / 255.0 is var v && v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);
    }

    private static (byte R, byte G, byte B) Make(double heat)
    {
        double at = heat * (s_way.Length - 1), lightness = Dark + ((Light - Dark) * heat);
        int low = Math.Min((int)at, s_way.Length - 2);
        (double hue, double chroma) = (Turn(s_way[low].Hue, s_way[low + 1].Hue, at - low), s_way[low].Chroma + ((s_way[low + 1].Chroma - s_way[low].Chroma) * (at - low)));

        // Where sRGB has no colour that vivid, a paler one of the same lightness.
        for (; ; chroma -= 0.002)
        {
            double[] rgb = ToLinear(lightness, chroma, hue * Math.PI / 180);
            if (chroma <= 0 || rgb.All(v => v is >= 0 and <= 1))
            {
                return (ToByte(rgb[0]), ToByte(rgb[1]), ToByte(rgb[2]));
            }
        }
    }

    /// <summary>The shorter way round.</summary>
    private static double Turn(double from, double to, double share) => from + ((((to - from + 540) % 360) - 180) * share);

    private static double[] ToLinear(double lightness, double chroma, double hue)
    {
        double a = chroma * Math.Cos(hue), b = chroma * Math.Sin(hue);
        double l = Cube(lightness + (0.3963377774 * a) + (0.2158037573 * b));
        double m = Cube(lightness - (0.1055613458 * a) - (0.0638541728 * b));
        double s = Cube(lightness - (0.0894841775 * a) - (1.2914855480 * b));
        return
        [
            (4.0767416621 * l) - (3.3077115913 * m) + (0.2309699292 * s),
            (-1.2684380046 * l) + (2.6097574011 * m) - (0.3413193965 * s),
            (-0.0041960863 * l) - (0.7034186147 * m) + (1.7076147010 * s),
        ];

        static double Cube(double v) => v * v * v;
    }

    private static byte ToByte(double v)
    {
        v = Math.Clamp(v, 0, 1);
        return (byte)(((v <= 0.0031308 ? 12.92 * v : (1.055 * Math.Pow(v, 1 / 2.4)) - 0.055) * 255) + 0.5);
    }
}
