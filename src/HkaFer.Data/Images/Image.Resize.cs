namespace HkaFer.Data;

public sealed partial class Image
{
    /// <summary>The picture at another size, byte for byte as Pillow's <c>resize</c> gives it. The aspect is not kept.</summary>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    /// <param name="filter">How; bicubic is what vision transformers are fed with.</param>
    /// <exception cref="HkaFerException">The new picture would not fit one array.</exception>
    public Image Resize(int width, int height, Resampling filter = Resampling.Bicubic) =>
        Resize(width, height, new Window(0, 0, width, height), filter);

    /// <summary>The size at which the shorter edge is <paramref name="edge"/> and the aspect is kept, the longer one rounded down.</summary>
    /// <param name="width">Old width, at least 1.</param>
    /// <param name="height">Old height, at least 1.</param>
    /// <param name="edge">New length of the shorter edge, at least 1.</param>
    /// <exception cref="HkaFerException">The longer edge would be beyond 2^31 pixels.</exception>
    public static (int Width, int Height) ShortestEdge(int width, int height, int edge)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(edge, 1);
        long longer = (long)edge * Math.Max(width, height) / Math.Min(width, height);
        if (longer > int.MaxValue)
        {
            throw new HkaFerException($"shortest edge: {width} x {height} at {edge} is {longer:N0} pixels long; crop the picture first");
        }

        return width <= height ? (edge, (int)longer) : ((int)longer, edge);
    }

    /// <summary>A part of the picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is empty or not within the picture.</exception>
    public Image Crop(int left, int top, int width, int height)
    {
        // With the same size as whole, the resize copies the window and filters nothing.
        var window = new Window(left, top, width, height);
        return Resize(Width, Height, window, Resampling.Bicubic);
    }

    /// <summary>The middle of the picture; an odd pixel too many is left out on the right and below.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The picture is smaller than the part.</exception>
    public Image CenterCrop(int width, int height) => Crop((Width - width) / 2, (Height - height) / 2, width, height);

    /// <summary>The picture seen in a mirror.</summary>
    public Image FlipHorizontal() => PixelLayout.Upright(this, 2);

    /// <summary>A part of the resized picture, without the work for the rest.</summary>
    internal Image Resize(int width, int height, Window window, Resampling filter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (window.Width < 1 || window.Height < 1 || window.Left < 0 || window.Top < 0
            || window.Left > width - window.Width || window.Top > height - window.Height)
        {
            throw new ArgumentOutOfRangeException(
                nameof(window),
                $"crop of {window.Width} x {window.Height} at {window.Left}, {window.Top} is not within {width} x {height} pixels");
        }

        return new Image(window.Width, window.Height, Resizer.Resize(Pixels, (Width, Height), 3, (width, height), window, filter));
    }
}
