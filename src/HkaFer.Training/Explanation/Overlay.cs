using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>A map in colours over the picture that it explains.</summary>
public static class Overlay
{
    /// <summary>How much of the colour covers the picture where it is cold and where it is hot: the face stays to be seen everywhere.</summary>
    private const float Cold = 0.35f, Hot = 0.65f;

    /// <summary>Draws it.</summary>
    /// <param name="photo">The picture as it was read.</param>
    /// <param name="map">Values from 0 to 1: see <see cref="HeatMap.Scaled()"/>.</param>
    /// <param name="preprocessing">Says which part of the picture the model saw; what it did not see stays grey.</param>
    /// <param name="edge">Longest edge of the result in pixels.</param>
    public static Image Draw(Image photo, HeatMap map, Preprocessing preprocessing, int edge = 224)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(preprocessing);
        Image under = Fit(photo, edge);
        (int left, int top, int width, int height) = Seen(under, photo, preprocessing);
        HeatMap heat = map.Resized(height, width);
        byte[] pixels = (byte[])under.Pixels.Clone();
        for (int y = 0; y < under.Height; y++)
        {
            for (int x = 0; x < under.Width; x++)
            {
                int at = 3 * ((y * under.Width) + x);
                float grey = (0.299f * pixels[at]) + (0.587f * pixels[at + 1]) + (0.114f * pixels[at + 2]);
                bool seen = x >= left && x < left + width && y >= top && y < top + height;
                float value = seen ? heat.Values[((y - top) * width) + x - left] : 0;
                (byte r, byte g, byte b) = HeatColours.Of(value);
                float share = seen ? Cold + ((Hot - Cold) * Math.Clamp(value, 0, 1)) : 0;
                pixels[at] = Mix(grey, r, share);
                pixels[at + 1] = Mix(grey, g, share);
                pixels[at + 2] = Mix(grey, b, share);
            }
        }

        return new Image(under.Width, under.Height, pixels);

        static byte Mix(float a, float b, float share) => (byte)(a + ((b - a) * share) + 0.5f);
    }

    /// <summary>The picture with its longest edge at a length.</summary>
    /// <param name="photo">Any size.</param>
    /// <param name="edge">In pixels.</param>
    public static Image Fit(Image photo, int edge)
    {
        ArgumentNullException.ThrowIfNull(photo);
        int longest = Math.Max(photo.Width, photo.Height);
        int Side(int length) => (int)Math.Max(1, (((long)length * edge) + (longest / 2)) / longest);
        return longest == edge ? photo : photo.Resize(Side(photo.Width), Side(photo.Height));
    }

    /// <summary>The rectangle of the drawn picture that the model saw.</summary>
    private static (int Left, int Top, int Width, int Height) Seen(Image drawn, Image photo, Preprocessing preprocessing)
    {
        if (preprocessing.Framing == Framing.Squash)
        {
            return (0, 0, drawn.Width, drawn.Height);
        }

        (int width, int height) = Image.ShortestEdge(photo.Width, photo.Height, preprocessing.Edge);
        double across = (double)drawn.Width / width, down = (double)drawn.Height / height;
        int size = preprocessing.Size;
        int left = (int)Math.Round((width - size) / 2 * across), top = (int)Math.Round((height - size) / 2 * down);
        return (left, top, Math.Clamp((int)Math.Round(size * across), 1, drawn.Width - left), Math.Clamp((int)Math.Round(size * down), 1, drawn.Height - top));
    }
}
