namespace HkaFer.Data;

/// <summary>
/// How a picture becomes the numbers that a model is fed with. It belongs to the trained weights and is saved with them: plain
/// properties, to and from JSON. Two with the same values are equal.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>Edge of the square in pixels, 1 to 4096.</summary>
    public int Size { get; init; } = 224;

    /// <summary>How the picture is resized.</summary>
    public Resampling Resampling { get; init; } = Resampling.Bicubic;

    /// <summary>How the picture becomes a square.</summary>
    public Framing Framing { get; init; } = Framing.Squash;

    /// <summary>The shorter edge, or both, before the middle is cut out; at least <see cref="Size"/>. Not for <see cref="Framing.Squash"/>.</summary>
    public int Edge { get; init; } = 256;

    /// <summary>Mean of red, green and blue, which are from 0 to 1. By default ImageNet's.</summary>
    public float[] Mean { get; init; } = [0.485f, 0.456f, 0.406f];

    /// <summary>Deviation of red, green and blue. By default ImageNet's.</summary>
    public float[] Std { get; init; } = [0.229f, 0.224f, 0.225f];

    /// <summary>The picture resized, and cropped where so set: <see cref="Size"/> x <see cref="Size"/>.</summary>
    /// <exception cref="HkaFerException">A setting is out of range; the message names it.</exception>
    public Image Fit(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Check();
        if (Framing == Framing.Squash)
        {
            return image.Width == Size && image.Height == Size ? image : image.Resize(Size, Size, Resampling);
        }

        var (width, height, window) = Frame(image);
        return image.Resize(width, height, window, Resampling);
    }

    /// <summary>What the framing makes of a picture: the size that the whole of it is resized to, and the part of that which the model sees.</summary>
    internal (int Width, int Height, Window Window) Frame(Image image)
    {
        var (width, height) = Framing switch
        {
            Framing.Squash => (Size, Size),
            Framing.SquashCrop => (Edge, Edge),
            _ => Image.ShortestEdge(image.Width, image.Height, Edge),
        };
        return (width, height, new Window((width - Size) / 2, (height - Size) / 2, Size, Size));
    }

    /// <summary>Resizes and normalises a picture.</summary>
    /// <param name="image">Any size.</param>
    /// <param name="chw">Receives <c>[3, Size, Size]</c>, red first.</param>
    /// <exception cref="HkaFerException">A setting is out of range; the message names it.</exception>
    public void Write(Image image, Span<float> chw) => Normalize(Fit(image), chw);

    /// <summary>Normalises a picture that has the final size already, such as an augmented one: <c>(x / 255 - mean) / std</c>.</summary>
    /// <param name="image"><see cref="Size"/> x <see cref="Size"/>.</param>
    /// <param name="chw">Receives <c>[3, Size, Size]</c>, red first.</param>
    /// <exception cref="ArgumentException">The picture or the span has another size.</exception>
    /// <exception cref="HkaFerException">A setting is out of range; the message names it.</exception>
    public void Normalize(Image image, Span<float> chw)
    {
        ArgumentNullException.ThrowIfNull(image);
        Check();
        int plane = Size * Size;
        if (image.Width != Size || image.Height != Size || chw.Length != 3 * plane)
        {
            throw new ArgumentException(
                $"preprocessing: expected {Size} x {Size} pixels into {3 * plane} floats, got {image.Width} x {image.Height} into {chw.Length}");
        }

        Span<float> table = stackalloc float[3 * 256];
        PixelValues.Fill(table, Mean, Std);
        Span<float> r = chw[..plane], g = chw.Slice(plane, plane), b = chw.Slice(2 * plane, plane);
        var pixels = image.Pixels.AsSpan(0, 3 * plane);
        for (int i = 0; i < r.Length; i++)
        {
            r[i] = table[pixels[3 * i]];
            g[i] = table[256 + pixels[3 * i + 1]];
            b[i] = table[512 + pixels[3 * i + 2]];
        }
    }

    /// <summary>Whether all settings are the same.</summary>
    public bool Equals(Preprocessing? other) =>
        other is not null && (Size, Resampling, Framing, Edge) == (other.Size, other.Resampling, other.Framing, other.Edge)
        && Mean.AsSpan().SequenceEqual(other.Mean) && Std.AsSpan().SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Size, Resampling, Framing, Edge);

    /// <summary>Checks the settings, which may come from a file. Done for every picture too, so messages are made only when needed.</summary>
    /// <exception cref="HkaFerException">A setting is out of range; the message names it.</exception>
    public void Check()
    {
        if (Size is < 1 or > 4096)
        {
            throw Bad("size", "1 to 4096 pixels", $"{Size}");
        }

        if (!Enum.IsDefined(Resampling))
        {
            throw Bad("resampling", string.Join(", ", Enum.GetNames<Resampling>()), $"{Resampling}");
        }

        if (!Enum.IsDefined(Framing))
        {
            throw Bad("framing", string.Join(", ", Enum.GetNames<Framing>()), $"{Framing}");
        }

        if (Framing != Framing.Squash && (Edge < Size || Edge > 8192))
        {
            throw Bad("edge", $"{Size} (the size) to 8192 pixels", $"{Edge}");
        }

        PixelValues.Check("preprocessing", Mean, Std);

        static HkaFerException Bad(string what, string expected, string got) => new($"preprocessing: {what} must be {expected}, got {got}");
    }
}
