namespace HkaFer.Data;

/// <summary>An upright 8-bit RGB picture, rows from the top, three bytes a pixel: <c>[height, width, 3]</c>.</summary>
public sealed partial class Image
{
    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="pixels"><c>height * width * 3</c> bytes, red first.</param>
    /// <exception cref="ArgumentException">The size is not positive, or the array does not match it.</exception>
    public Image(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != (long)width * height * 3)
        {
            throw new ArgumentException(
                $"image: pixel count differs; expected {width} x {height} x 3 = {(long)width * height * 3} bytes, got {pixels.LongLength}",
                nameof(pixels));
        }

        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Endings of the files that count as pictures where a folder is read, with their dot, in small letters. A file that is named is read whatever its ending.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".png", ".jpg", ".jpeg", ".jfif", ".webp"];

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The bytes, <c>[height, width, 3]</c>.</summary>
    public byte[] Pixels { get; }

    /// <summary>Whether a file counts as a picture by its ending.</summary>
    internal static bool HasEnding(string file) => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}
