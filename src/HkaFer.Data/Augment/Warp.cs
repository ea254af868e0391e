using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HkaFer.Data;

/// <summary>
/// Turn, scale, shear, shift and crop in one go. The picture is first resized so far that the crop has its final size, with the same filter as a picture that
/// is only resized; then, if there is more than a crop, one bilinear step at about one pixel per pixel follows. Turning a 48 x 48 face before it
/// is enlarged, or sampling a photo bilinearly from its full size, would blur the one and alias the other.
/// </summary>
static class Warp
{
    /// <summary>The crop, turned, at the size that the model sees.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="preprocessing">Size and framing; what lies outside the frame is never seen, the frame's edge repeats instead.</param>
    /// <param name="affine">What is done about the frame's centre, seen as a square.</param>
    /// <param name="crop">In shares of the frame, within [0, 1].</param>
    /// <param name="filter">Of the resize.</param>
    public static Image Apply(
        Image image, Preprocessing preprocessing, Affine affine, (double Left, double Top, double Width, double Height) crop, Resampling filter)
    {
        int size = preprocessing.Size;

        // Whole pixels of the resized frame, so that a crop without a turn is a plain crop and keeps its bytes.
        int width = Math.Max(size, (int)Math.Round(size / crop.Width)), height = Math.Max(size, (int)Math.Round(size / crop.Height));
        int left = Math.Clamp((int)Math.Round(crop.Left * width), 0, width - size);
        int top = Math.Clamp((int)Math.Round(crop.Top * height), 0, height - size);
        if (affine.IsNothing)
        {
            return Part(image, preprocessing, (width, height), new Window(left, top, size, size), filter);
        }

        // From a pixel of the result to one of the resized frame: into the unit square about the centre, turned back, out again.
        var (xx, xy, yx, yy) = affine.Back();
        (xy, yx) = (xy * width / height, yx * height / width);
        double x = left + 0.5 - width / 2.0 - affine.Right * width, y = top + 0.5 - height / 2.0 - affine.Down * height;
        double x0 = x * xx + y * xy + width / 2.0 - 0.5, y0 = x * yx + y * yy + height / 2.0 - 0.5;

        var (fromX, toX) = Reach(x0, xx, xy, size, width);
        var (fromY, toY) = Reach(y0, yx, yy, size, height);
        var part = Part(image, preprocessing, (width, height), new Window(fromX, fromY, toX - fromX, toY - fromY), filter);
        return Sample(part, size, (x0 - fromX, xx, xy), (y0 - fromY, yx, yy));
    }

    /// <summary>A part of the frame where that is resized to <paramref name="frame"/>, and the picture around it as much.</summary>
    static Image Part(Image image, Preprocessing preprocessing, (int Width, int Height) frame, Window part, Resampling filter)
    {
        var (width, height, seen) = preprocessing.Frame(image);
        long wide = (long)width * frame.Width / seen.Width, high = (long)height * frame.Height / seen.Height;
        if (Math.Max(wide, high) > int.MaxValue)
        {
            throw new HkaFerException($"augmentation: {image.Width} x {image.Height} would be {wide:N0} x {high:N0} pixels before the crop; crop the picture first");
        }

        int left = (int)((long)seen.Left * frame.Width / seen.Width), top = (int)((long)seen.Top * frame.Height / seen.Height);
        return image.Resize((int)wide, (int)high, part with { Left = left + part.Left, Top = top + part.Top }, filter);
    }

    // The pixels that the result's four corners reach, and one more for the interpolation.
    static (int From, int To) Reach(double origin, double alongX, double alongY, int size, int length)
    {
        double x = alongX * (size - 1), y = alongY * (size - 1);
        double least = origin + Math.Min(x, 0) + Math.Min(y, 0), most = origin + Math.Max(x, 0) + Math.Max(y, 0);
        int from = Math.Clamp((int)Math.Floor(least) - 1, 0, length - 1);
        return (from, Math.Clamp((int)Math.Floor(most) + 3, from + 1, length));
    }

    // 16 bits after the point in the position, 8 in the weights.
    static Image Sample(Image image, int size, (double Origin, double X, double Y) across, (double Origin, double X, double Y) down)
    {
        const double One = 1 << 16;
        int right = image.Width - 1, bottom = image.Height - 1, stride = image.Width * 3;
        // Eight bytes are loaded where six are two pixels: the last rows end two bytes earlier.
        int lastLoad = image.Pixels.Length - sizeof(ulong) - stride;
        var from = image.Pixels.AsSpan();
        var to = new byte[size * size * 3];
        long stepX = (long)Math.Round(across.X * One), stepY = (long)Math.Round(down.X * One);
        int o = 0;
        for (int y = 0; y < size; y++)
        {
            // Each row starts from the exact position; only along the row does the step's rounding add up.
            long px = (long)Math.Round((across.Origin + y * across.Y) * One), py = (long)Math.Round((down.Origin + y * down.Y) * One);
            for (int x = 0; x < size; x++, px += stepX, py += stepY, o += 3)
            {
                int ix = (int)(px >> 16), iy = (int)(py >> 16), fx = (int)(px >> 8) & 255, fy = (int)(py >> 8) & 255;
                int at = iy * stride + 3 * ix;
                if (Vector128.IsHardwareAccelerated && (uint)ix < (uint)right && (uint)iy < (uint)bottom && at <= lastLoad)
                {
                    Inside(from[at..], from[(at + stride)..], fx, fy, to.AsSpan(o, 3));
                    continue;
                }

                // Clamping both neighbours repeats the edge.
                int x1 = 3 * Math.Clamp(ix, 0, right), x2 = 3 * Math.Clamp(ix + 1, 0, right);
                int row1 = Math.Clamp(iy, 0, bottom) * stride, row2 = Math.Clamp(iy + 1, 0, bottom) * stride;
                for (int c = 0; c < 3; c++)
                {
                    int upper = from[row1 + x1 + c] * (256 - fx) + from[row1 + x2 + c] * fx;
                    int lower = from[row2 + x1 + c] * (256 - fx) + from[row2 + x2 + c] * fx;
                    to[o + c] = (byte)(upper * (256 - fy) + lower * fy + 32768 >> 16);
                }
            }
        }

        return new Image(size, size, to);
    }

    /// <summary>The same sum with the rows first, all channels of both pixels at once. It is exact in integers, so the order is free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Inside(ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, int fx, int fy, Span<byte> to)
    {
        // 255 * 256 still fits 16 bits.
        var column = Lanes(upper) * (ushort)(256 - fy) + Lanes(lower) * (ushort)fy;
        var left = Vector128.WidenLower(column);
        var right = Vector128.WidenLower(Vector128.Shuffle(column, Vector128.Create((ushort)3, 4, 5, 0, 0, 0, 0, 0)));
        var sum = left * (uint)(256 - fx) + right * (uint)fx + Vector128.Create(32768u) >> 16;
        to[0] = (byte)sum[0];
        to[1] = (byte)sum[1];
        to[2] = (byte)sum[2];

        static Vector128<ushort> Lanes(ReadOnlySpan<byte> pixels) =>
            Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<ulong>(pixels)).AsByte());
    }
}
