namespace HkaFer.Data.Tests;

/// <summary>Small pictures for tests.</summary>
static class Pictures
{
    public static Image Plain(int width, int height, byte r, byte g, byte b) =>
        Make(width, height, (_, _, c) => c == 0 ? r : c == 1 ? g : b);

    /// <summary>Red is 10 y + x, so that every pixel of a picture below 10 x 25 is another.</summary>
    public static Image Ramp(int width, int height) => Make(width, height, (x, y, c) => c == 0 ? (byte)(10 * y + x) : (byte)0);

    public static Image Noise(int width, int height, int seed) =>
        Make(width, height, (x, y, c) => (byte)((uint)((x * 73 + y * 179 + c * 283 + seed) * 0x9E3779B1L) >> 21));

    static Image Make(int width, int height, Func<int, int, int, byte> value)
    {
        var pixels = new byte[width * height * 3];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = value(i / 3 % width, i / 3 / width, i % 3);
        }

        return new Image(width, height, pixels);
    }
}
