using HkaFer.Testing;

namespace HkaFer.Data.Tests;

public class AugmentationTests
{
    static readonly Image Face = Pictures.Noise(48, 48, seed: 9);

    [Fact]
    public void Same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            byte[] once = Augmentation.Paper.Apply(Face, Square(64), seed).Pixels;
            Assert.Equal(once, Augmentation.Paper.Apply(Face, Square(64), seed).Pixels);
            Assert.NotEqual(once, Augmentation.Paper.Apply(Face, Square(64), seed + 1000).Pixels);
        }
    }

    [Fact]
    public void Source_is_never_written_into()
    {
        byte[] before = [.. Face.Pixels];
        for (ulong seed = 0; seed < 20; seed++)
        {
            (Augmentation.None with { Erasing = 1 }).Apply(Face, Square(48), seed);
        }

        Assert.Equal(before, Face.Pixels);
    }

    [Fact]
    public void None_is_the_plain_resize()
    {
        Assert.Equal(Face.Resize(224, 224).Pixels, Augmentation.None.Apply(Face, Square(224), 3).Pixels);
        var wide = Pictures.Noise(300, 200, seed: 1);
        Assert.Equal(wide.Resize(112, 112).Pixels, Augmentation.None.Apply(wide, Square(112), 3).Pixels);
    }

    [Theory]
    [InlineData(Framing.Squash, Resampling.Lanczos)]
    [InlineData(Framing.ShortestEdgeCrop, Resampling.Bicubic)]
    [InlineData(Framing.ShortestEdgeCrop, Resampling.Bilinear)]
    [InlineData(Framing.SquashCrop, Resampling.Bicubic)]
    public void None_is_what_evaluation_does(Framing framing, Resampling resampling)
    {
        var preprocessing = new Preprocessing { Size = 32, Edge = 37, Framing = framing, Resampling = resampling };
        foreach (var image in (Image[])[Pictures.Noise(61, 45, seed: 2), Pictures.Noise(45, 62, seed: 3), Pictures.Noise(20, 20, seed: 4)])
        {
            Assert.Equal(preprocessing.Fit(image).Pixels, Augmentation.None.Apply(image, preprocessing, 3).Pixels);
        }
    }

    [Fact]
    public void Filter_of_its_own_is_kept() => Assert.Equal(
        Face.Resize(64, 64, Resampling.Nearest).Pixels, (Augmentation.None with { Filter = Resampling.Nearest }).Apply(Face, Square(64), 3).Pixels);

    [Fact]
    public void What_evaluation_crops_away_training_never_shows()
    {
        // White only where the frame of 40 x 40 in the middle does not reach, with two pixels between for the filter.
        var image = new Image(80, 40, [.. Enumerable.Range(0, 80 * 40).SelectMany(i => Enumerable.Repeat((byte)(i % 80 is < 18 or > 61 ? 255 : 0), 3))]);
        var preprocessing = new Preprocessing { Size = 40, Edge = 40, Framing = Framing.ShortestEdgeCrop };
        var augmentation = Augmentation.Paper with { Erasing = 0, Rotation = 45, CropArea = new Interval(0.2, 1) };
        for (ulong seed = 0; seed < 50; seed++)
        {
            Assert.Equal(0, augmentation.Apply(image, preprocessing, seed).Pixels.Max());
        }
    }

    [Fact]
    public void Flip_comes_as_often_as_its_probability()
    {
        var flip = Augmentation.None with { Flip = 0.3 };
        byte[] mirrored = Face.FlipHorizontal().Pixels;
        int count = Enumerable.Range(0, 2000).Count(x => flip.Apply(Face, Square(48), PictureRng.Derive(1, (ulong)x)).Pixels.AsSpan().SequenceEqual(mirrored));
        // Six standard deviations of 2000 draws are 0.061.
        Assert.InRange(count / 2000.0, 0.239, 0.361);
    }

    [Fact]
    public void Switching_one_change_off_leaves_the_others()
    {
        var both = Augmentation.Paper with { Rotation = 0, Erasing = 0 };
        for (ulong seed = 0; seed < 20; seed++)
        {
            // With the same crop the flipped and the plain picture are each other's mirror image, so either flip setting finds it.
            byte[] plain = (both with { Flip = 0 }).Apply(Face, Square(48), seed).Pixels;
            byte[] flipped = (both with { Flip = 1 }).Apply(Face.FlipHorizontal(), Square(48), seed).Pixels;
            Assert.Equal(plain, flipped);
        }
    }

    [Fact]
    public void Rotation_by_a_quarter_turns_counter_clockwise()
    {
        var image = Pictures.Ramp(8, 8);
        var turned = Warp.Apply(image, Square(8), Turn(90), (0, 0, 1, 1), Resampling.Bicubic);
        Assert.Equal(PixelLayout.Upright(image, 8).Pixels, turned.Pixels);
    }

    [Fact]
    public void Rotation_agrees_with_the_bilinear_formula()
    {
        var image = Pictures.Noise(40, 30, seed: 4);
        foreach (double angle in new[] { -10.0, -3.3, 0.5, 7.7, 45 })
        {
            const int size = 32;
            var crop = (Left: 0.1, Top: 0.05, Width: 0.8, Height: 0.9);
            var actual = Warp.Apply(image, Square(size), Turn(angle), crop, Resampling.Bicubic);
            byte[] expected = WarpReference(image, size, angle, crop);
            int worst = expected.Zip(actual.Pixels, (x, y) => Math.Abs(x - y)).Max();
            // Weights of 8 bits: half of 1/256 on each axis, of at most 255 levels, and the rounding.
            Assert.True(worst <= 2, $"{angle} degrees: {worst} levels");
        }
    }

    [Fact]
    public void Affine_change_agrees_with_its_definition()
    {
        const int size = 32;
        var image = Pictures.Noise(40, 30, seed: 4);
        foreach (var change in new Affine[] { new(0, 12, 1, 0, 0), new(0, 0, 1.2, 0, 0), new(0, 0, 1, 0.1, -0.05), new(-8, 10, 0.9, 0.07, 0.02) })
        {
            var actual = Warp.Apply(image, Square(size), change, (0, 0, 1, 1), Resampling.Bicubic);
            byte[] expected = WarpReference(image.Resize(size, size), size, (u, v) => Back(change, u, v));
            int worst = expected.Zip(actual.Pixels, (x, y) => Math.Abs(x - y)).Max();
            // As above.
            Assert.True(worst <= 2, $"{change}: {worst} levels");
        }

        // Forwards: shear, turn, scale, shift; solved for the point that lands on (u, v).
        static (double, double) Back(Affine a, double u, double v)
        {
            var (sin, cos) = Math.SinCos(a.Angle * Math.PI / 180);
            double x = (u - a.Right) / a.Scale, y = (v - a.Down) / a.Scale;
            (x, y) = (x * cos - y * sin, x * sin + y * cos);
            return (x - Math.Tan(a.Shear * Math.PI / 180) * y, y);
        }
    }

    [Fact]
    public void Shift_by_whole_pixels_moves_the_picture_right_and_down()
    {
        var image = Pictures.Noise(8, 8, seed: 2);
        var moved = Warp.Apply(image, Square(8), new Affine(0, 0, 1, 0.25, 0.125), (0, 0, 1, 1), Resampling.Bicubic);
        Assert.Equal(image.Crop(0, 0, 6, 7).Pixels, moved.Crop(2, 1, 6, 7).Pixels);
    }

    [Fact]
    public void Scale_shear_and_shift_that_are_off_leave_every_byte()
    {
        var augmentation = Augmentation.Paper with { Scale = new Interval(1, 1), Shear = 0, Translate = 0 };
        var affine = augmentation with { Scale = new Interval(0.9, 1.1), Shear = 10, Translate = 0.1 };
        for (ulong seed = 0; seed < 10; seed++)
        {
            Assert.Equal(Augmentation.Paper.Apply(Face, Square(48), seed).Pixels, augmentation.Apply(Face, Square(48), seed).Pixels);
            Assert.NotEqual(augmentation.Apply(Face, Square(48), seed).Pixels, affine.Apply(Face, Square(48), seed).Pixels);
        }
    }

    [Fact]
    public void Corners_repeat_the_edge()
    {
        var plain = Pictures.Plain(20, 20, 10, 200, 90);
        Assert.Equal(Pictures.Plain(30, 30, 10, 200, 90).Pixels, Warp.Apply(plain, Square(30), Turn(33), (0, 0, 1, 1), Resampling.Bicubic).Pixels);
    }

    [Fact]
    public void Erasing_fills_one_rectangle_of_the_stated_area_with_the_mean()
    {
        var erase = Augmentation.None with { Erasing = 1 };
        byte[] mean = [.. Enumerable.Range(0, 3).Select(c => (byte)Math.Round(Face.Pixels.Where((_, i) => i % 3 == c).Average(x => x)))];
        for (ulong seed = 0; seed < 50; seed++)
        {
            var image = erase.Apply(Face, Square(48), seed);
            int[] changed = [.. Enumerable.Range(0, 48 * 48).Where(i => !image.Pixels.AsSpan(3 * i, 3).SequenceEqual(Face.Pixels.AsSpan(3 * i, 3)))];
            foreach (int i in changed)
            {
                Assert.Equal(mean, image.Pixels[(3 * i)..(3 * i + 3)]);
            }

            int width = changed.Max(i => i % 48) - changed.Min(i => i % 48) + 1, height = changed.Max(i => i / 48) - changed.Min(i => i / 48) + 1;
            // A pixel of the mean's own colour may hide in it; whole pixels round the area.
            Assert.InRange(changed.Length, width * height - 3, width * height);
            Assert.InRange(width * height / (48.0 * 48), 0.015, 0.22);
        }
    }

    [Fact]
    public void Crop_area_and_aspect_stay_within_their_ranges()
    {
        // Red and green tell where each pixel came from.
        var map = new Image(200, 200, [.. Enumerable.Range(0, 40_000).SelectMany(i => new[] { (byte)(i % 200), (byte)(i / 200), (byte)0 })]);
        var crop = Augmentation.None with { CropArea = new Interval(0.3, 0.6), CropAspect = new Interval(0.75, 4.0 / 3) };
        for (ulong seed = 0; seed < 100; seed++)
        {
            var image = crop.Apply(map, Square(100), seed);
            // The centres of the outer pixels are 99 of 100 steps apart.
            double width = (image.Pixels[99 * 3] - image.Pixels[0]) / 198.0, height = (image.Pixels[99 * 300 + 1] - image.Pixels[1]) / 198.0;
            Assert.InRange(width * height, 0.28, 0.62);
            Assert.InRange(width / height, 0.72, 1.39);
        }
    }

    [Fact]
    public void Bad_setting_is_named()
    {
        Assert.Contains("flip", Fails(Augmentation.None with { Flip = 1.5 }));
        Assert.Contains("rotation", Fails(Augmentation.None with { Rotation = double.NaN }));
        Assert.Contains("shear", Fails(Augmentation.None with { Shear = 46 }));
        Assert.Contains("translate", Fails(Augmentation.None with { Translate = -0.1 }));
        Assert.Contains("scale", Fails(Augmentation.None with { Scale = new Interval(0, 1) }));
        Assert.Contains("crop area", Fails(Augmentation.None with { CropArea = new Interval(0, 1) }));
        Assert.Contains("crop aspect", Fails(Augmentation.None with { CropAspect = new Interval(2, 1) }));
        Assert.Contains("erasing area", Fails(Augmentation.None with { ErasingArea = new Interval(0, double.PositiveInfinity) }));

        static string Fails(Augmentation x) => Assert.Throws<HkaFerException>(() => x.Apply(Face, Square(48), 0)).Message;
    }

    static Affine Turn(double angle) => new(angle, 0, 1, 0, 0);

    static Preprocessing Square(int size) => new() { Size = size };

    /// <summary>The definition, in double: for each pixel, its place in the resized picture, and the four pixels about it.</summary>
    static byte[] WarpReference(Image image, int size, double angle, (double Left, double Top, double Width, double Height) crop)
    {
        int w = (int)Math.Round(size / crop.Width), h = (int)Math.Round(size / crop.Height);
        int left = (int)Math.Round(crop.Left * w), top = (int)Math.Round(crop.Top * h);
        var big = image.Resize(w, h);
        var (sin, cos) = Math.SinCos(angle * Math.PI / 180);
        return WarpReference(big, size, (u, v) => (u * cos - v * sin, u * sin + v * cos), left, top);
    }

    /// <summary>Pixels of a resized picture, by where each comes from, both about the centre and in shares of the side.</summary>
    static byte[] WarpReference(Image big, int size, Func<double, double, (double, double)> back, int left = 0, int top = 0)
    {
        int w = big.Width, h = big.Height;
        var result = new byte[size * size * 3];
        for (int i = 0; i < result.Length; i++)
        {
            var (u, v) = back((left + i / 3 % size + 0.5) / w - 0.5, (top + i / 3 / size + 0.5) / h - 0.5);
            double x = (u + 0.5) * w - 0.5, y = (v + 0.5) * h - 0.5;
            double At(int dx, int dy) => big.Pixels[
                (Math.Clamp((int)Math.Floor(y) + dy, 0, h - 1) * w + Math.Clamp((int)Math.Floor(x) + dx, 0, w - 1)) * 3 + i % 3];
            double fx = x - Math.Floor(x), fy = y - Math.Floor(y);
            result[i] = (byte)Math.Round(
                (At(0, 0) * (1 - fx) + At(1, 0) * fx) * (1 - fy) + (At(0, 1) * (1 - fx) + At(1, 1) * fx) * fy);
        }

        return result;
    }
}
