namespace HkaFer.Data;

/// <summary>
/// Functions of the C library are not the same bits on every platform; faces shall be. Additions, products, quotients and square roots
/// are, so everything is made of those.
/// </summary>
internal static class FaceMath
{
    /// <summary>Sine; error below 2e-4 for |x| up to pi.</summary>
    public static float Sin(float x)
    {
        const float Pi = 3.14159265f;
        while (x > Pi) x -= 2 * Pi;
        while (x < -Pi) x += 2 * Pi;
        // Folded to [-pi/2, pi/2], where the series to x^7 is enough.
        if (x > Pi / 2) x = Pi - x;
        if (x < -Pi / 2) x = -Pi - x;
        float q = x * x;
        return x * (1 - q / 6 * (1 - q / 20 * (1 - q / 42)));
    }

    public static float Cos(float x) => Sin(x + 3.14159265f / 2);

    public static float Lerp(float a, float b, float t) => a + (b - a) * t;

    /// <summary>0 below a, 1 above b, smooth between.</summary>
    public static float Smooth(float a, float b, float x)
    {
        float t = Math.Clamp((x - a) / (b - a), 0, 1);
        return t * t * (3 - 2 * t);
    }

    /// <summary>A bump: 1 at 0, smoothly 0 from <c>q = 1</c> on, where q is the squared distance. Stands in for a Gaussian.</summary>
    public static float Bump(float q) => q >= 1 ? 0 : (1 - q) * (1 - q);
}
