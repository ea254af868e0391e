using System.Numerics;

namespace HkaFer.Data;

/// <summary>
/// Draws faces. The same <see cref="FaceSpec"/> gives the same bytes on every machine: seeds are integers, and no function is used whose
/// rounding depends on the platform.
/// </summary>
public static class FaceGenerator
{
    /// <summary>Largest width and height that is drawn; what a face fills needs no more, and a mistyped size must not fill the
    /// memory.</summary>
    public const int MaxSize = 1024;

    /// <summary>Draws one face.</summary>
    /// <returns>A picture of <see cref="FaceSpec.Size"/> squared pixels.</returns>
    /// <exception cref="HkaFerException">The size is not between 16 and <see cref="MaxSize"/>.</exception>
    public static Image Draw(FaceSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Size is < 16 or > MaxSize)
        {
            throw new HkaFerException($"faces: size out of range; expected 16 to {MaxSize} pixels, got {spec.Size}");
        }

        // Thin lines of a small picture need finer cells; a large one has them already.
        int factor = spec.Size <= 128 ? 2 : 1;
        var painter = new FacePainter(spec, spec.Size * factor);
        painter.Paint();
        var canvas = factor == 1 ? painter.Canvas : painter.Canvas.Shrink(factor);
        return Develop(canvas, spec);
    }

    /// <summary>From paint to bytes: blur, grey, inversion, contrast, noise, as a camera or a scanner would add them.</summary>
    private static Image Develop(FaceCanvas canvas, FaceSpec spec)
    {
        var style = spec.Style;
        canvas.Blur(style.Blur * spec.Size / 100);
        var rng = new FaceRng(FaceRng.Fork(spec.Detail, 99));
        var bytes = new byte[canvas.Width * canvas.Height * 3];
        int next = 0;
        for (int y = 0; y < canvas.Height; y++)
        {
            foreach (var colour in canvas.Row(y))
            {
                float grey = 0.299f * colour.X + 0.587f * colour.Y + 0.114f * colour.Z;
                var c = new Vector3(grey) + (colour - new Vector3(grey)) * style.Colour;
                if (style.Inverted) c = Vector3.One - c;
                c = new Vector3(0.5f) + (c - new Vector3(0.5f)) * style.Contrast + new Vector3(style.Noise * rng.Bell() * 1.5f);
                bytes[next++] = ToByte(c.X);
                bytes[next++] = ToByte(c.Y);
                bytes[next++] = ToByte(c.Z);
            }
        }

        return new Image(canvas.Width, canvas.Height, bytes);
    }

    private static byte ToByte(float v) => (byte)Math.Clamp((int)(v * 255 + 0.5f), 0, 255);
}
