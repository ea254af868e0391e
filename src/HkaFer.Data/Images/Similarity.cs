namespace HkaFer.Data;

/// <summary>A turn, a scale and a shift of the plane: (x, y) to (A x - B y + X, B x + A y + Y).</summary>
internal readonly record struct Similarity(double A, double B, double X, double Y)
{
    /// <summary>How much larger things become.</summary>
    public double Scale => Math.Sqrt(A * A + B * B);

    /// <summary>
    /// The similarity that brings points nearest to others in the sum of squares (Umeyama 1991). In the plane, without mirroring, that is a
    /// regression of complex numbers.
    /// </summary>
    /// <returns>Not a number where all points are in one place.</returns>
    public static Similarity Between(IReadOnlyList<(double X, double Y)> from, IReadOnlyList<(double X, double Y)> to)
    {
        double fromX = from.Average(p => p.X), fromY = from.Average(p => p.Y), toX = to.Average(p => p.X), toY = to.Average(p => p.Y);
        double real = 0, imaginary = 0, spread = 0;
        for (int i = 0; i < from.Count; i++)
        {
            double x = from[i].X - fromX, y = from[i].Y - fromY, u = to[i].X - toX, v = to[i].Y - toY;
            real += x * u + y * v;
            imaginary += x * v - y * u;
            spread += x * x + y * y;
        }

        double a = real / spread, b = imaginary / spread;
        return new Similarity(a, b, toX - a * fromX + b * fromY, toY - b * fromX - a * fromY);
    }

    /// <summary>The square that the similarity brings a picture to, interpolated linearly, black where the picture does not reach.</summary>
    /// <param name="image">The picture; the centre of its first pixel is (0, 0).</param>
    /// <param name="size">Edge of the result in pixels.</param>
    public Image Warp(Image image, int size)
    {
        double square = A * A + B * B;
        byte[] from = image.Pixels, to = new byte[size * size * 3];
        int stride = image.Width * 3;
        for (int y = 0, o = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++, o += 3)
            {
                double u = x - X, v = y - Y;
                double fromX = (A * u + B * v) / square, fromY = (A * v - B * u) / square;
                // Also what is not a number, or too large for one, is outside.
                if (!(fromX > -1 && fromY > -1 && fromX < image.Width && fromY < image.Height)) continue;
                int left = (int)Math.Floor(fromX), top = (int)Math.Floor(fromY), at = (top * image.Width + left) * 3;
                double right = fromX - left, lower = fromY - top;
                double w00 = (1 - lower) * (1 - right), w01 = (1 - lower) * right, w10 = lower * (1 - right), w11 = lower * right;
                bool inside = left >= 0 && top >= 0 && left < image.Width - 1 && top < image.Height - 1;
                for (int c = 0; c < 3; c++, at++)
                {
                    double value = inside
                        ? w00 * from[at] + w01 * from[at + 3] + w10 * from[at + stride] + w11 * from[at + stride + 3]
                        : w00 * At(left, top, c) + w01 * At(left + 1, top, c) + w10 * At(left, top + 1, c) + w11 * At(left + 1, top + 1, c);
                    to[o + c] = (byte)(value + 0.5);
                }
            }
        }

        return new Image(size, size, to);

        double At(int x, int y, int c) =>
            (uint)x < (uint)image.Width && (uint)y < (uint)image.Height ? from[(y * image.Width + x) * 3 + c] : 0;
    }
}
