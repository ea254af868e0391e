using System.Globalization;

namespace HkaFer.Data;

/// <summary>
/// Random changes to a training picture, in the paper's order: frame as for evaluation, mirror, turn, crop and resize, erase. The paper
/// gives no magnitudes; the defaults are ours. Scale, shear and shift, which the paper has not, come with the turn and are off unless asked for.
/// </summary>
public sealed record Augmentation
{
    /// <summary>The default: all four.</summary>
    public static Augmentation Paper { get; } = new();

    /// <summary>Only the resize.</summary>
    public static Augmentation None { get; } = new()
    {
        Flip = 0,
        Rotation = 0,
        CropArea = new Interval(1, 1),
        CropAspect = new Interval(1, 1),
        Erasing = 0,
    };

    /// <summary>Probability of a mirrored picture.</summary>
    public double Flip { get; init; } = 0.5;

    /// <summary>Largest angle, either way, in degrees; what comes in at the corners repeats the edge.</summary>
    public double Rotation { get; init; } = 10;

    /// <summary>
    /// Factor on the size, about the centre and in the same step as the turn: below 1 the picture shrinks, and its edge repeats around it. A crop enlarges only.
    /// </summary>
    public Interval Scale { get; init; } = new(1, 1);

    /// <summary>Largest angle of a shear along the rows, either way, in degrees.</summary>
    public double Shear { get; init; }

    /// <summary>Largest shift, either way and in each direction, as a share of the side.</summary>
    public double Translate { get; init; }

    /// <summary>Area of the crop as a share of the picture.</summary>
    public Interval CropArea { get; init; } = new(0.8, 1);

    /// <summary>Width over height of the crop, before it is stretched to the square again.</summary>
    public Interval CropAspect { get; init; } = new(3.0 / 4, 4.0 / 3);

    /// <summary>Probability of a rectangle filled with the picture's mean colour.</summary>
    public double Erasing { get; init; } = 0.25;

    /// <summary>Area of the erased rectangle as a share of the picture.</summary>
    public Interval ErasingArea { get; init; } = new(0.02, 0.2);

    /// <summary>Width over height of the erased rectangle.</summary>
    public Interval ErasingAspect { get; init; } = new(0.3, 3.3);

    /// <summary>
    /// Alpha of mixup (Zhang et al. 2018): the batch is blended with itself in another order, by a share drawn from Beta(alpha, alpha), and its
    /// labels with it; 0 for none.
    /// </summary>
    public double Mixup { get; init; }

    /// <summary>
    /// Alpha of CutMix (Yun et al. 2019): a rectangle comes from another picture of the batch, its area's share drawn from Beta(alpha, alpha), and
    /// that share of the label with it; 0 for none. With mixup too, each batch gets one of the two, equally likely.
    /// </summary>
    public double Cutmix { get; init; }

    /// <summary>How training pictures are resized, where that is to be other than what evaluation does; null for <see cref="Preprocessing.Resampling"/>.</summary>
    public Resampling? Filter { get; init; }

    /// <summary>The picture as a training step sees it: framed and resized as evaluation does, and changed.</summary>
    /// <param name="image">Any size.</param>
    /// <param name="preprocessing">Framing, filter and size of evaluation; without a change the result is <see cref="Preprocessing.Fit"/>'s, byte for byte.</param>
    /// <param name="seed">Decides everything: the same seed gives the same bytes. See <see cref="PictureRng.Derive"/>.</param>
    /// <returns><see cref="Preprocessing.Size"/> x <see cref="Preprocessing.Size"/>.</returns>
    /// <exception cref="HkaFerException">A setting is out of range; the message names it.</exception>
    public Image Apply(Image image, Preprocessing preprocessing, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(preprocessing);
        preprocessing.Check();
        Check();
        int size = preprocessing.Size;
        var rng = new PictureRng(seed);
        // Every draw is made whether or not it is used, so that switching one change off leaves the others as they were.
        bool flip = rng.NextDouble() < Flip;
        double angle = rng.Uniform(-Rotation, Rotation);
        var crop = DrawCrop(new PictureRng(rng.NextBits()));
        bool erase = rng.NextDouble() < Erasing;
        var (left, top, width, height) = DrawRectangle(new PictureRng(rng.NextBits()), ErasingArea, ErasingAspect, size);
        var affine = new Affine(
            angle, rng.Uniform(-Shear, Shear), Math.Exp(rng.Uniform(Math.Log(Scale.Low), Math.Log(Scale.High))), rng.Uniform(-Translate, Translate), rng.Uniform(-Translate, Translate));

        var result = Warp.Apply(flip ? image.FlipHorizontal() : image, preprocessing, affine, crop, Filter ?? preprocessing.Resampling);
        if (erase && width > 0)
        {
            Erase(result, new Window(left, top, width, height));
        }

        return result;
    }

    // In shares of the picture. Ten tries, then the whole: what torchvision does when area and aspect rarely fit together.
    (double Left, double Top, double Width, double Height) DrawCrop(PictureRng rng)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            var (width, height) = DrawSize(ref rng, CropArea, CropAspect);
            if (width <= 1 && height <= 1)
            {
                return (rng.Uniform(0, 1 - width), rng.Uniform(0, 1 - height), width, height);
            }
        }

        return (0, 0, 1, 1);
    }

    static Window DrawRectangle(PictureRng rng, Interval area, Interval aspect, int size)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            var (width, height) = DrawSize(ref rng, area, aspect);
            int w = (int)Math.Round(width * size), h = (int)Math.Round(height * size);
            if (w > 0 && h > 0 && w < size && h < size)
            {
                return new Window(rng.NextInt(size - w + 1), rng.NextInt(size - h + 1), w, h);
            }
        }

        return default;
    }

    // The logarithm makes 3:4 and 4:3 equally likely.
    static (double Width, double Height) DrawSize(ref PictureRng rng, Interval area, Interval aspect)
    {
        double share = rng.Uniform(area.Low, area.High);
        double ratio = Math.Exp(rng.Uniform(Math.Log(aspect.Low), Math.Log(aspect.High)));
        return (Math.Sqrt(share * ratio), Math.Sqrt(share / ratio));
    }

    static void Erase(Image image, Window window)
    {
        Span<long> sum = stackalloc long[3];
        var pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i += 3)
        {
            sum[0] += pixels[i];
            sum[1] += pixels[i + 1];
            sum[2] += pixels[i + 2];
        }

        long count = pixels.Length / 3;
        var (r, g, b) = ((byte)((sum[0] + count / 2) / count), (byte)((sum[1] + count / 2) / count), (byte)((sum[2] + count / 2) / count));
        for (int y = window.Top; y < window.Top + window.Height; y++)
        {
            var row = pixels.AsSpan((y * image.Width + window.Left) * 3, window.Width * 3);
            for (int i = 0; i < row.Length; i += 3)
            {
                (row[i], row[i + 1], row[i + 2]) = (r, g, b);
            }
        }
    }

    void Check()
    {
        Share(Flip, "flip");
        Share(Erasing, "erasing");
        if (Rotation is not (>= 0 and <= 180))
        {
            throw Bad("rotation", "0 to 180 degrees", Text(Rotation));
        }

        if (Shear is not (>= 0 and <= 45))
        {
            throw Bad("shear", "0 to 45 degrees", Text(Shear));
        }

        if (Translate is not (>= 0 and <= 0.5))
        {
            throw Bad("translate", "a share from 0 to 0.5", Text(Translate));
        }

        Within(Scale, 0.5, 2, "scale");
        Alpha(Mixup, "mixup");
        Alpha(Cutmix, "cutmix");
        // A crop of a hundredth is taken from a picture enlarged tenfold: no less.
        Within(CropArea, 0.01, 1, "crop area");
        Within(ErasingArea, 0, 1, "erasing area");
        Within(CropAspect, 0.1, 10, "crop aspect");
        Within(ErasingAspect, 0.1, 10, "erasing aspect");
    }

    static void Share(double value, string what)
    {
        if (value is not (>= 0 and <= 1))
        {
            throw Bad(what, "a probability", Text(value));
        }
    }

    static void Alpha(double value, string what)
    {
        if (value is not (>= 0 and <= 1000))
        {
            throw Bad(what, "0 for none, or up to 1000", Text(value));
        }
    }

    static void Within(Interval value, double low, double high, string what)
    {
        // Written so that NaN fails too.
        if (!(value.Low >= low && value.Low <= value.High && value.High <= high))
        {
            throw Bad(what, $"an interval within {Text(low)} to {Text(high)}", $"{Text(value.Low)} to {Text(value.High)}");
        }
    }

    static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    static HkaFerException Bad(string what, string expected, string got) => new($"augmentation: {what} must be {expected}, got {got}");
}
