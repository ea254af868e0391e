namespace HkaFer.Data;

/// <summary>Rearranges decoded pixels into upright RGB.</summary>
static class PixelLayout
{
    /// <summary>RGBA to RGB. Alpha is dropped, not blended, as Pillow's <c>convert("RGB")</c> does.</summary>
    public static byte[] DropAlpha(byte[] rgba)
    {
        var rgb = new byte[rgba.Length / 4 * 3];
        for (int i = 0, o = 0; o < rgb.Length; i += 4, o += 3)
        {
            rgb[o] = rgba[i];
            rgb[o + 1] = rgba[i + 1];
            rgb[o + 2] = rgba[i + 2];
        }

        return rgb;
    }

    /// <summary>
    /// CMYK as Adobe writes it into JPEG (inverted: 255 is no ink) to RGB, with Pillow's rounding. TurboJPEG has no such conversion.
    /// </summary>
    public static byte[] AdobeCmykToRgb(byte[] cmyk)
    {
        var rgb = new byte[cmyk.Length / 4 * 3];
        for (int i = 0, o = 0; o < rgb.Length; i += 4, o += 3)
        {
            int light = cmyk[i + 3];
            for (int c = 0; c < 3; c++)
            {
                // light - ink * light / 255, the quotient rounded to nearest.
                int product = (255 - cmyk[i + c]) * light + 128;
                rgb[o + c] = (byte)(light - ((product >> 8) + product >> 8));
            }
        }

        return rgb;
    }

    /// <summary>Turns a stored picture upright.</summary>
    /// <param name="image">As stored.</param>
    /// <param name="orientation">The EXIF value, 1 to 8.</param>
    public static Image Upright(Image image, int orientation)
    {
        if (orientation == 1)
        {
            return image;
        }

        // The upright pixel (x, y) is at start + x * across + y * down of the stored ones.
        int w = image.Width, h = image.Height;
        var (start, across, down) = orientation switch
        {
            2 => (w - 1, -1, w),
            3 => (w * h - 1, -1, -w),
            4 => ((h - 1) * w, 1, -w),
            5 => (0, w, 1),
            6 => ((h - 1) * w, -w, 1),
            7 => (w * h - 1, -w, -1),
            8 => (w - 1, w, -1),
            _ => throw new ArgumentOutOfRangeException(nameof(orientation)),
        };
        var (width, height) = orientation >= 5 ? (h, w) : (w, h);
        var from = image.Pixels;
        var to = new byte[from.Length];
        for (int y = 0, o = 0; y < height; y++)
        {
            int i = 3 * (start + y * down);
            for (int x = 0; x < width; x++, i += 3 * across, o += 3)
            {
                to[o] = from[i];
                to[o + 1] = from[i + 1];
                to[o + 2] = from[i + 2];
            }
        }

        return new Image(width, height, to);
    }
}
